/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every operation, run with an arena of 0, 16, 32, ... bytes until it is enough. Wherever memory
 * runs out, a request that would be denied is never allowed, the answer is either complete or a
 * failure of ours, a write that was not answered with success changed nothing, and each request
 * leaves an audit record.
 */
#include "lib/inproc.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>

#include "codec/base64.h"
#include "dispatch/rule.h"
#include "keeper/sealed_text.h"
#include "keeper/seed.h"
#include "server/record.h"
#include "store/access_job.h"
#include "store/mfa_device.h"
#include "store/report.h"
#include "store/user.h"

/* Arenas round to this; smaller steps would not reach anything new. */
#define STEP_BYTES 16
/* Larger for denied requests, because allowed ones pass through the same code in smaller steps. */
#define DENIED_STEP_BYTES (3 * STEP_BYTES)
/* More than any row needs. */
#define ENOUGH_BYTES ((size_t)1 << 20)

#define DOCUMENT                                                                    \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A" \
    "%22Allow%22%2C%22Action%22%3A%22s3%3AGetObject%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D"
#define TRUSTS_ALICE                                                                               \
    "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C"     \
    "%22Principal%22%3A%7B%22AWS%22%3A%22arn%3Aaws%3Aiam%3A%3A111122223333%3Auser%2Falice%22%7D%2" \
    "C%22Action%22%3A%5B%22sts%3AAssumeRole%22%2C%22sts%3ATagSession%22%2C"                        \
    "%22sts%3ASetSourceIdentity%22%5D%7D%7D"
#define POLICY "PolicyArn=arn:aws:iam::111122223333:policy/p"
#define SIMULATION                                                                            \
    "PolicySourceArn=arn:aws:iam::111122223333:user/u&ActionNames.member.1=s3:Get&"           \
    "ResourceArns.member.1=arn:aws:s3:::b&PolicyInputList.member.1=" DOCUMENT                 \
    "&ContextEntries.member.1.ContextKeyName=app:key&ContextEntries.member.1.ContextKeyType=" \
    "date&ContextEntries.member.1.ContextKeyValues.member.1=2030"
#define OIDC "OpenIDConnectProviderArn=arn:aws:iam::111122223333:oidc-provider/i.example.com"
#define SAML "SAMLProviderArn=arn:aws:iam::111122223333:saml-provider/s"
#define X100                                             \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
/* Metadata of the length that it must have. */
#define SAML_METADATA                                                                              \
    "%3CEntityDescriptor+xmlns=%22urn:oasis:names:tc:SAML:2.0:metadata%22+entityID=%22x%22%3E"     \
    "%3CIDPSSODescriptor/%3E%3C/EntityDescriptor%3E%3C!--" X100 X100 X100 X100 X100 X100 X100 X100 \
        X100 X100 "--%3E"
/* Made for this test; %4B is K: the word KEY has a meaning here. */
#define PRIVATE_KEY                                                                    \
    "-----BEGIN%20PRIVATE%20%4BEY-----%0AMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIB" \
    "AQQgSIVsqqpN2FNE2acf%0Ab38zwl8L309TqFu6Vk8QCf6WXgChRANCAATWqMIYkkLervVVhckN6B2Dy" \
    "C1S8P2x%0AXNphhlU8w0CxHXGzR252vAnZUZALnzkjDdsPTJ%2FEtZqUu4ubzhcjRbxG%0A-----END%" \
    "20PRIVATE%20%4BEY-----%0A"
#define JOB "00000000-0000-4000-8000-00000000000"
#define WITH_ENTITIES "GetServiceLastAccessedDetailsWithEntities"
/* Nobody may. */
#define NO_ORGANIZATION "GenerateOrganizationsAccessReport"
#define NO_ROOT "AssumeRoot"
/* The one whose token is none; unit.services_web_identity has good ones. */
#define NO_TOKEN "AssumeRoleWithWebIdentity"
#define ROLE_ARN_FORM "arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr"
/* Refused when it is read; tests/e2e/cases/saml_federation.py has those that are not. */
#define UNSIGNED_ASSERTION "AssumeRoleWithSAML"
#define ROOT_TASK "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
#define USER_ARN "arn:aws:iam::111122223333:user/u"
#define BY_TIME "LAST_AUTHENTICATED_TIME_ASCENDING"
#define SCALING "autoscaling.amazonaws.com"
#define ROOT_CREDENTIALS "OrganizationsRootCredentialsManagement"
#define AWS_POLICY "PolicyArn=arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
#define TEMPLATE \
    "TemplateArn=arn:aws:iam::aws:role-template/iam.amazonaws.com/PowerUserRoleTemplate:1"
#define DELEGATION                                                                               \
    "Description=d&SessionDuration=300&NotificationChannel=arn:aws:sns:us-east-1:111122223333:t" \
    "&Permissions.PolicyTemplateArn=arn:aws:iam::aws:delegation-template/acme/Setup"             \
    "&Permissions.Parameters.member.1.Name=bucketName&Permissions.Parameters.member.1.Values.member.1=b"
#define TAGS "Tags.member.1.Key=k&Tags.member.1.Value=v"
/* tests/vectors/pki/rsa2048.pub.ssh */
#define SSH_LINE                                                                       \
    "ssh-rsa%20AAAAB3NzaC1yc2EAAAADAQABAAABAQCkfJebgC7ezSwOHPQqSl6ljYvnxUt%2FrZfrK%2F" \
    "R3kqdrukUS1y2PXy8UujoMWwY8tWqyuhRTTkNmtumnE5oY4BfEtotKEr32OqiP9lg6mI8WNnRt3CElsn" \
    "l5XJwQM8SJgvXRcdw2seD6vwg4bmUEmb%2B%2BdRMuaJ8UwhaNbShnR9o9LoBAVmRDzHBQRDy8cKH2aN" \
    "Im7qsZxOV4uIoxuN28t2qs2Kiykp%2FhG19wIaabCSwwlsnnhgQw6sIN8C6%2BAuDudp8IkJJU5T3w7L" \
    "1R0gWvZFiQLkktkSLz3fO9KQFmZsnKeYMGiykNnrRNvjHeW0v6o1pMmVYD6wlTRq%2Fp2hD0xeqH"
/* tests/vectors/pki/ec.pem, its private key, and its ID. */
#define CERTIFICATE                                                                    \
    "-----BEGIN%20CERTIFICATE-----%0AMIIBYjCCAQegAwIBAgIUcrnAe8gvpaMMOabwRUZvoDZFc1Qw" \
    "CgYIKoZIzj0EAwIw%0AGTEXMBUGA1UEAwwOZWMuZXhhbXBsZS5jb20wIBcNMjAwMTAxMDAwMDAwWhgPM" \
    "jEy%0AMDAxMDEwMDAwMDBaMBkxFzAVBgNVBAMMDmVjLmV4YW1wbGUuY29tMFkwEwYHKoZI%0Azj0CAQY" \
    "IKoZIzj0DAQcDQgAEgM9BddOmg3d%2BOdbIxd6Tt5J3uHxq7uF8Xed22t%2B9%0AIrNCAMJb2VOQMsDU" \
    "yDElPvj%2FsqDYLI3EawmTzbQ%2BbaQBtqMrMCkwDAYDVR0TAQH%2F%0ABAIwADAZBgNVHREEEjAQgg5" \
    "lYy5leGFtcGxlLmNvbTAKBggqhkjOPQQDAgNJADBG%0AAiEA76V0fHI3r7XH0CRrZRfHrK3ziIEIiXja" \
    "OjucULaDw%2FoCIQDOPLIQ71bQ1Xry%0AlX%2BL9%2B9Afhm7WOdJPUNdL4HfHc4VDQ%3D%3D%0A----" \
    "-END%20CERTIFICATE-----%0A"
#define ITS_KEY                                                                        \
    "-----BEGIN%20PRIVATE%20KEY-----%0AMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQ" \
    "Qg8JPR74z0Lr%2BJddYD%0A1e%2BveSl10wALzpIjoJ%2Be4Y1tVt%2BhRANCAASAz0F106aDd3451sj" \
    "F3pO3kne4fGru%0A4Xxd53ba370is0IAwlvZU5AywNTIMSU%2B%2BP%2ByoNgsjcRrCZPNtD5tpAG2%0" \
    "A-----END%20PRIVATE%20KEY-----%0A"
#define CERTIFICATE_ID "2SBIPOCI6HI4CAK5BQUIMO5B4GPJFHN6"
#define QUESTION                                                                    \
    "{\"subject\":{\"type\":\"user\",\"id\":\"arn:aws:iam::111122223333:user/u\"}," \
    "\"action\":{\"name\":\"s3:GetObject\"},"                                       \
    "\"resource\":{\"type\":\"s3\",\"id\":\"arn:aws:s3:::b/k\"}}"

#define DEVICE "arn:aws:iam::111122223333:mfa/m"
/* Devices that the test adds, and the seed of the first, that of RFC 6238. */
#define TOKEN "GAHT12345678"
#define SECURITY_KEY "u2f-12345678"
#define SEED IAM_STR("12345678901234567890")
/* A window in which attempts at codes are counted. */
#define WINDOW_MS (INT64_C(3) * 60 * 1000)

/* In an order in which every request succeeds. */
static const struct row {
    const char *service;
    const char *op;
    const char *path; /* of a JSON request; NULL: Query */
    const char *input;
} rows[] = {
    {"iam",   "CreateUser",                              NULL,                                          "UserName=u&Path=/a/&" TAGS                                 },
    { "iam",  "GetUser",                                 NULL,                                          "UserName=u"                                                },
    { "iam",  "ListUsers",                               NULL,                                          "MaxItems=1"                                                },
    { "iam",  "UpdateUser",                              NULL,                                          "UserName=u&NewPath=/"                                      },
    { "iam",  "TagUser",                                 NULL,                                          "UserName=u&" TAGS                                          },
    { "iam",  "ListUserTags",                            NULL,                                          "UserName=u&MaxItems=1"                                     },
    { "iam",  "UntagUser",                               NULL,                                          "UserName=u&TagKeys.member.1=k"                             },
    { "iam",  "PutUserPolicy",                           NULL,                                          "UserName=u&PolicyName=q&PolicyDocument=" DOCUMENT          },
    { "iam",  "GetUserPolicy",                           NULL,                                          "UserName=u&PolicyName=q"                                   },
    { "iam",  "ListUserPolicies",                        NULL,                                          "UserName=u"                                                },
    { "iam",  "DeleteUserPolicy",                        NULL,                                          "UserName=u&PolicyName=q"                                   },
    { "iam",  "CreateLoginProfile",                      NULL,                                          "UserName=u&Password=correct-Horse1"                        },
    { "iam",  "GetLoginProfile",                         NULL,                                          "UserName=u"                                                },
    { "iam",  "UpdateLoginProfile",                      NULL,                                          "UserName=u&Password=correct-Horse2"                        },
    { "iam",  "DeleteLoginProfile",                      NULL,                                          "UserName=u"                                                },
    { "iam",  "UploadSSHPublicKey",                      NULL,                                          "UserName=u&SSHPublicKeyBody=" SSH_LINE                     },
    { "iam",  "GetSSHPublicKey",                         NULL,                                          "UserName=u&Encoding=PEM&SSHPublicKeyId=MADE"               },
    { "iam",  "ListSSHPublicKeys",                       NULL,                                          "UserName=u"                                                },
    { "iam",  "UpdateSSHPublicKey",                      NULL,                                          "UserName=u&Status=Inactive&SSHPublicKeyId=MADE"            },
    { "iam",  "DeleteSSHPublicKey",                      NULL,                                          "UserName=u&SSHPublicKeyId=MADE"                            },
    { "iam",  "UploadSigningCertificate",                NULL,                                          "UserName=u&CertificateBody=" CERTIFICATE                   },
    { "iam",  "ListSigningCertificates",                 NULL,                                          "UserName=u"                                                },
    { "iam",  "UpdateSigningCertificate",                NULL,
     "UserName=u&Status=Inactive&CertificateId=" CERTIFICATE_ID                                                                                                     },
    { "iam",  "DeleteSigningCertificate",                NULL,                                          "UserName=u&CertificateId=" CERTIFICATE_ID                  },
    { "iam",  "UploadServerCertificate",                 NULL,
     "ServerCertificateName=s&CertificateBody=" CERTIFICATE "&PrivateKey=" ITS_KEY "&" TAGS                                                                         },
    { "iam",  "GetServerCertificate",                    NULL,                                          "ServerCertificateName=s"                                   },
    { "iam",  "ListServerCertificates",                  NULL,                                          "MaxItems=1"                                                },
    { "iam",  "UpdateServerCertificate",                 NULL,                                          "ServerCertificateName=s&NewPath=/a/"                       },
    { "iam",  "TagServerCertificate",                    NULL,                                          "ServerCertificateName=s&" TAGS                             },
    { "iam",  "ListServerCertificateTags",               NULL,                                          "ServerCertificateName=s"                                   },
    { "iam",  "UntagServerCertificate",                  NULL,                                          "ServerCertificateName=s&TagKeys.member.1=k"                },
    { "iam",  "DeleteServerCertificate",                 NULL,                                          "ServerCertificateName=s"                                   },
    { "iam",  "CreateServiceSpecificCredential",         NULL,
     "UserName=keys&ServiceName=bedrock.amazonaws.com&CredentialAgeDays=1"                                                                                          },
    { "iam",  "ListServiceSpecificCredentials",          NULL,                                          "UserName=keys&MaxItems=1"                                  },
    { "iam",  "ListServiceSpecificCredentials",          NULL,                                          "AllUsers=true"                                             },
    { "iam",  "ResetServiceSpecificCredential",          NULL,
     "UserName=keys&ServiceSpecificCredentialId=CREDENTIAL"                                                                                                         },
    { "iam",  "UpdateServiceSpecificCredential",         NULL,
     "UserName=keys&Status=Inactive&ServiceSpecificCredentialId=CREDENTIAL"                                                                                         },
    { "iam",  "DeleteServiceSpecificCredential",         NULL,
     "UserName=keys&ServiceSpecificCredentialId=CREDENTIAL"                                                                                                         },
    { "iam",  "CreateLoginProfile",                      NULL,                                          "UserName=alice&Password=correct-Horse1"                    },
    { "iam",  "ChangePassword",                          NULL,                                          "OldPassword=correct-Horse1&NewPassword=correct-Horse2"     },
    { "iam",  "CreatePolicy",                            NULL,                                          "PolicyName=p&PolicyDocument=" DOCUMENT "&" TAGS            },
    { "iam",  "GetPolicy",                               NULL,                                          POLICY                                                      },
    { "iam",  "ListPolicies",                            NULL,                                          "Scope=Local&MaxItems=1"                                    },
    { "iam",  "TagPolicy",                               NULL,                                          POLICY "&" TAGS                                             },
    { "iam",  "ListPolicyTags",                          NULL,                                          POLICY                                                      },
    { "iam",  "UntagPolicy",                             NULL,                                          POLICY "&TagKeys.member.1=k"                                },
    { "iam",  "CreatePolicyVersion",                     NULL,                                          POLICY "&PolicyDocument=" DOCUMENT                          },
    { "iam",  "GetPolicyVersion",                        NULL,                                          POLICY "&VersionId=v2"                                      },
    { "iam",  "ListPolicyVersions",                      NULL,                                          POLICY "&MaxItems=1"                                        },
    { "iam",  "SetDefaultPolicyVersion",                 NULL,                                          POLICY "&VersionId=v2"                                      },
    { "iam",  "DeletePolicyVersion",                     NULL,                                          POLICY "&VersionId=v1"                                      },
    { "iam",  "AttachUserPolicy",                        NULL,                                          "UserName=u&" POLICY                                        },
    { "iam",  "ListAttachedUserPolicies",                NULL,                                          "UserName=u"                                                },
    { "iam",  "ListEntitiesForPolicy",                   NULL,                                          POLICY                                                      },
    { "iam",  "PutUserPermissionsBoundary",              NULL,
     "UserName=u&PermissionsBoundary=arn:aws:iam::111122223333:policy/p"                                                                                            },
    { "iam",  "DeleteUserPermissionsBoundary",           NULL,                                          "UserName=u"                                                },
    { "iamd", "Evaluate",                                "/access/v1/evaluation",                       QUESTION                                                    },
    { "iamd", "EvaluateBatch",                           "/access/v1/evaluations",                      "{\"evaluations\":[" QUESTION "]}"                          },
    { "iamd", "GetConfiguration",                        "/.well-known/authzen-configuration",          NULL                                                        },
    { "iam",  "DetachUserPolicy",                        NULL,                                          "UserName=u&" POLICY                                        },
    { "iam",  "CreateGroup",                             NULL,                                          "GroupName=g&Path=/a/"                                      },
    { "iam",  "AddUserToGroup",                          NULL,                                          "GroupName=g&UserName=u"                                    },
    { "iam",  "GetGroup",                                NULL,                                          "GroupName=g"                                               },
    { "iam",  "ListGroups",                              NULL,                                          ""                                                          },
    { "iam",  "ListGroupsForUser",                       NULL,                                          "UserName=u"                                                },
    { "iam",  "RemoveUserFromGroup",                     NULL,                                          "GroupName=g&UserName=u"                                    },
    { "iam",  "UpdateGroup",                             NULL,                                          "GroupName=g&NewPath=/"                                     },
    { "iam",  "PutGroupPolicy",                          NULL,                                          "GroupName=g&PolicyName=q&PolicyDocument=" DOCUMENT         },
    { "iam",  "GetGroupPolicy",                          NULL,                                          "GroupName=g&PolicyName=q"                                  },
    { "iam",  "ListGroupPolicies",                       NULL,                                          "GroupName=g"                                               },
    { "iam",  "DeleteGroupPolicy",                       NULL,                                          "GroupName=g&PolicyName=q"                                  },
    { "iam",  "AttachGroupPolicy",                       NULL,                                          "GroupName=g&" POLICY                                       },
    { "iam",  "ListAttachedGroupPolicies",               NULL,                                          "GroupName=g"                                               },
    { "iam",  "DetachGroupPolicy",                       NULL,                                          "GroupName=g&" POLICY                                       },
    { "iam",  "DeleteGroup",                             NULL,                                          "GroupName=g"                                               },
    { "iam",  "CreateRole",                              NULL,                                          "RoleName=r&AssumeRolePolicyDocument=" TRUSTS_ALICE "&" TAGS},
    { "iam",  "GetRole",                                 NULL,                                          "RoleName=r"                                                },
    { "iam",  "ListRoles",                               NULL,                                          ""                                                          },
    { "iam",  "UpdateRole",                              NULL,                                          "RoleName=r&Description=d"                                  },
    { "iam",  "UpdateRoleDescription",                   NULL,                                          "RoleName=r&Description=e"                                  },
    { "iam",  "UpdateAssumeRolePolicy",                  NULL,                                          "RoleName=r&PolicyDocument=" TRUSTS_ALICE                   },
    { "iam",  "TagRole",                                 NULL,                                          "RoleName=r&" TAGS                                          },
    { "iam",  "ListRoleTags",                            NULL,                                          "RoleName=r"                                                },
    { "sts",  "AssumeRole",                              NULL,
     "RoleArn=arn:aws:iam::111122223333:role/r&RoleSessionName=session&SourceIdentity=ida&" TAGS
      "&TransitiveTagKeys.member.1=k&Policy=" DOCUMENT                                                                                                              },
    { "sts",  NO_TOKEN,                                  NULL,
     "RoleArn=" ROLE_ARN_FORM "&RoleSessionName=session&WebIdentityToken=abcd"                                                                                      },
    { "sts",  "GetCallerIdentity",                       NULL,                                          ""                                                          },
    { "sts",  "GetAccessKeyInfo",                        NULL,                                          "AccessKeyId=KEY"                                           },
    { "sts",  "DecodeAuthorizationMessage",              NULL,                                          "EncodedMessage=MESSAGE"                                    },
    { "sts",  NO_ROOT,                                   NULL,                                          "TargetPrincipal=444455556666&TaskPolicyArn.arn=" ROOT_TASK },
    { "sts",  "GetSessionToken",                         NULL,                                          "DurationSeconds=900"                                       },
    { "sts",  "GetFederationToken",                      NULL,                                          "Name=bob&" TAGS "&Policy=" DOCUMENT                        },
    { "sts",  "GetScopedCredentials",                    NULL,                                          "Policy=" DOCUMENT                                          },
    { "iam",  "UntagRole",                               NULL,                                          "RoleName=r&TagKeys.member.1=k"                             },
    { "iam",  "PutRolePolicy",                           NULL,                                          "RoleName=r&PolicyName=q&PolicyDocument=" DOCUMENT          },
    { "iam",  "GetRolePolicy",                           NULL,                                          "RoleName=r&PolicyName=q"                                   },
    { "iam",  "ListRolePolicies",                        NULL,                                          "RoleName=r"                                                },
    { "iam",  "DeleteRolePolicy",                        NULL,                                          "RoleName=r&PolicyName=q"                                   },
    { "iam",  "AttachRolePolicy",                        NULL,                                          "RoleName=r&" POLICY                                        },
    { "iam",  "ListAttachedRolePolicies",                NULL,                                          "RoleName=r"                                                },
    { "iam",  "DetachRolePolicy",                        NULL,                                          "RoleName=r&" POLICY                                        },
    { "iam",  "PutRolePermissionsBoundary",              NULL,
     "RoleName=r&PermissionsBoundary=arn:aws:iam::111122223333:policy/p"                                                                                            },
    { "iam",  "DeleteRolePermissionsBoundary",           NULL,                                          "RoleName=r"                                                },
    { "iam",  "CreateAccountAlias",                      NULL,                                          "AccountAlias=an-alias"                                     },
    { "iam",  "ListAccountAliases",                      NULL,                                          ""                                                          },
    { "iam",  "DeleteAccountAlias",                      NULL,                                          "AccountAlias=an-alias"                                     },
    { "iam",  "UpdateAccountPasswordPolicy",             NULL,                                          "RequireNumbers=true"                                       },
    { "iam",  "GetAccountPasswordPolicy",                NULL,                                          ""                                                          },
    { "iam",  "DeleteAccountPasswordPolicy",             NULL,                                          ""                                                          },
    { "iam",  "GetAccountAuthorizationDetails",          NULL,                                          "Filter.member.1=User&MaxItems=1"                           },
    { "iam",  "GetContextKeysForCustomPolicy",           NULL,                                          "PolicyInputList.member.1=" DOCUMENT                        },
    { "iam",  "GetContextKeysForPrincipalPolicy",        NULL,
     "PolicySourceArn=arn:aws:iam::111122223333:user/u"                                                                                                             },
    { "iam",  "SimulateCustomPolicy",                    NULL,
     "ActionNames.member.1=s3:Get&PolicyInputList.member.1=" DOCUMENT                                                                                               },
    { "iam",  "SimulatePrincipalPolicy",                 NULL,                                          SIMULATION                                                  },
    { "iam",  "CreateServiceLinkedRole",                 NULL,                                          "AWSServiceName=" SCALING "&CustomSuffix=s"                 },
    { "iam",  "DeleteServiceLinkedRole",                 NULL,                                          "RoleName=AWSServiceRoleForAutoScaling_s"                   },
    { "iam",  "GetServiceLinkedRoleDeletionStatus",      NULL,                                          "DeletionTaskId=TASK"                                       },
    { "iam",  "ListPolicies",                            NULL,                                          "Scope=AWS&MaxItems=2"                                      },
    { "iam",  "ListPolicyVersions",                      NULL,                                          AWS_POLICY "&MaxItems=2"                                    },
    { "iam",  "GetPolicyVersion",                        NULL,                                          AWS_POLICY "&VersionId=v1"                                  },
    { "iam",  "AttachUserPolicy",                        NULL,                                          "UserName=keys&" AWS_POLICY                                 },
    { "iam",  "GetPolicy",                               NULL,                                          AWS_POLICY                                                  },
    { "iam",  "ListEntitiesForPolicy",                   NULL,                                          AWS_POLICY                                                  },
    { "iam",  "DetachUserPolicy",                        NULL,                                          "UserName=keys&" AWS_POLICY                                 },
    { "iam",  "GetAccountProperties",                    NULL,                                          ""                                                          },
    { "iam",  "PutAccountProperties",                    NULL,
     "Properties.entry.1.key=RoleManager/Enabled&Properties.entry.1.value=true"                                                                                     },
    { "iam",  "SetSecurityTokenServicePreferences",      NULL,                                          "GlobalEndpointTokenVersion=v2Token"                        },
    { "iam",  "EnableOutboundWebIdentityFederation",     NULL,                                          ""                                                          },
    { "iam",  "GetOutboundWebIdentityFederationInfo",    NULL,                                          ""                                                          },
    { "sts",  "GetWebIdentityToken",                     NULL,                                          "Audience.member.1=a&SigningAlgorithm=ES384&" TAGS          },
    { "iamd", "GetIssuerConfiguration",                  "/oidc/MADE/.well-known/openid-configuration", NULL                                                        },
    { "iamd", "GetIssuerKeys",                           "/oidc/MADE/.well-known/jwks.json",            NULL                                                        },
    { "iam",  "DisableOutboundWebIdentityFederation",    NULL,                                          ""                                                          },
    { "iam",  "Enable" ROOT_CREDENTIALS,                 NULL,                                          ""                                                          },
    { "iam",  "EnableOrganizationsRootSessions",         NULL,                                          ""                                                          },
    { "iam",  "ListOrganizationsFeatures",               NULL,                                          ""                                                          },
    { "iam",  "DisableOrganizationsRootSessions",        NULL,                                          ""                                                          },
    { "iam",  "Disable" ROOT_CREDENTIALS,                NULL,                                          ""                                                          },
    { "iam",  "GetAccountSummary",                       NULL,                                          ""                                                          },
    { "iam",  "CreateOpenIDConnectProvider",             NULL,
     "Url=https://i.example.com&ClientIDList.member.1=c&ThumbprintList.member.1=0123456789012345678901234567890123456789&" TAGS                                     },
    { "iam",  "GetOpenIDConnectProvider",                NULL,                                          OIDC                                                        },
    { "iam",  "ListOpenIDConnectProviders",              NULL,                                          ""                                                          },
    { "iam",  "AddClientIDToOpenIDConnectProvider",      NULL,                                          OIDC "&ClientID=d"                                          },
    { "iam",  "RemoveClientIDFromOpenIDConnectProvider", NULL,                                          OIDC "&ClientID=c"                                          },
    { "iam",  "UpdateOpenIDConnectProviderThumbprint",   NULL,
     OIDC "&ThumbprintList.member.1=0123456789012345678901234567890123456789"                                                                                       },
    { "iam",  "TagOpenIDConnectProvider",                NULL,                                          OIDC "&" TAGS                                               },
    { "iam",  "ListOpenIDConnectProviderTags",           NULL,                                          OIDC                                                        },
    { "iam",  "UntagOpenIDConnectProvider",              NULL,                                          OIDC "&TagKeys.member.1=k"                                  },
    { "iam",  "DeleteOpenIDConnectProvider",             NULL,                                          OIDC                                                        },
    { "iam",  "CreateSAMLProvider",                      NULL,
     "Name=s&AddPrivateKey=" PRIVATE_KEY "&SAMLMetadataDocument=" SAML_METADATA "&" TAGS                                                                            },
    { "iam",  "GetSAMLProvider",                         NULL,                                          SAML                                                        },
    { "sts",  UNSIGNED_ASSERTION,                        NULL,
     "RoleArn=arn:aws:iam::111122223333:role/r&PrincipalArn=arn:aws:iam::111122223333:saml-provider/s"
      "&SAMLAssertion=PGEvPg=="                                                                                                                                     },
    { "iam",  "ListSAMLProviders",                       NULL,                                          ""                                                          },
    { "iam",  "UpdateSAMLProvider",                      NULL,
     SAML "&AssertionEncryptionMode=Required&SAMLMetadataDocument=" SAML_METADATA                                                                                   },
    { "iam",  "TagSAMLProvider",                         NULL,                                          SAML "&" TAGS                                               },
    { "iam",  "ListSAMLProviderTags",                    NULL,                                          SAML                                                        },
    { "iam",  "UntagSAMLProvider",                       NULL,                                          SAML "&TagKeys.member.1=k"                                  },
    { "iam",  "DeleteSAMLProvider",                      NULL,                                          SAML                                                        },
    { "iam",  "GenerateCredentialReport",                NULL,                                          ""                                                          },
    { "iam",  "GetCredentialReport",                     NULL,                                          ""                                                          },
    { "iam",  "GenerateServiceLastAccessedDetails",      NULL,                                          "Granularity=ACTION_LEVEL&Arn=" USER_ARN                    },
    { "iam",  "GetServiceLastAccessedDetails",           NULL,                                          "MaxItems=1&JobId=" JOB "1"                                 },
    { "iam",  WITH_ENTITIES,                             NULL,                                          "ServiceNamespace=iam&JobId=" JOB "1"                       },
    { "iam",  "ListPoliciesGrantingServiceAccess",       NULL,
     "ServiceNamespaces.member.1=iam&Arn=" USER_ARN                                                                                                                 },
    { "iam",  NO_ORGANIZATION,                           NULL,                                          "EntityPath=o-a1b2c3d4e5/r-ab12"                            },
    { "iam",  "GetOrganizationsAccessReport",            NULL,                                          "JobId=" JOB "2&SortKey=" BY_TIME                           },
    { "iam",  "CreateInstanceProfile",                   NULL,                                          "InstanceProfileName=i&Path=/a/&" TAGS                      },
    { "iam",  "GetInstanceProfile",                      NULL,                                          "InstanceProfileName=i"                                     },
    { "iam",  "ListInstanceProfiles",                    NULL,                                          "MaxItems=1"                                                },
    { "iam",  "AddRoleToInstanceProfile",                NULL,                                          "InstanceProfileName=i&RoleName=r"                          },
    { "iam",  "ListInstanceProfilesForRole",             NULL,                                          "RoleName=r"                                                },
    { "iam",  "RemoveRoleFromInstanceProfile",           NULL,                                          "InstanceProfileName=i&RoleName=r"                          },
    { "iam",  "TagInstanceProfile",                      NULL,                                          "InstanceProfileName=i&" TAGS                               },
    { "iam",  "ListInstanceProfileTags",                 NULL,                                          "InstanceProfileName=i"                                     },
    { "iam",  "UntagInstanceProfile",                    NULL,                                          "InstanceProfileName=i&TagKeys.member.1=k"                  },
    { "iam",  "DeleteInstanceProfile",                   NULL,                                          "InstanceProfileName=i"                                     },
    { "iam",  "CreateVirtualMFADevice",                  NULL,                                          "VirtualMFADeviceName=m&" TAGS                              },
    { "iam",  "ListVirtualMFADevices",                   NULL,                                          "MaxItems=1"                                                },
    { "iam",  "TagMFADevice",                            NULL,                                          "SerialNumber=" DEVICE "&" TAGS                             },
    { "iam",  "ListMFADeviceTags",                       NULL,                                          "SerialNumber=" DEVICE                                      },
    { "iam",  "UntagMFADevice",                          NULL,                                          "SerialNumber=" DEVICE "&TagKeys.member.1=k"                },
    { "iam",  "DeleteVirtualMFADevice",                  NULL,                                          "SerialNumber=" DEVICE                                      },
    { "iam",  "EnableMFADevice",                         NULL,                                          "UserName=u&SerialNumber=" TOKEN "&CODES"                   },
    { "iam",  "ListMFADevices",                          NULL,                                          "UserName=u"                                                },
    { "iam",  "ResyncMFADevice",                         NULL,                                          "UserName=u&SerialNumber=" TOKEN "&CODES"                   },
    { "iam",  "DeactivateMFADevice",                     NULL,                                          "UserName=u&SerialNumber=" TOKEN                            },
    { "iam",  "GetMFADevice",                            NULL,                                          "UserName=keys&SerialNumber=" SECURITY_KEY                  },
    { "iam",  "GetRoleTemplateVersion",                  NULL,                                          TEMPLATE                                                    },
    { "iam",  "AcquireRole",                             NULL,
     TEMPLATE
      "&ReplacementValues.entry.1.key=AWSServiceName&ReplacementValues.entry.1.value.Values.member.1=lambda.amazonaws.com"                                          },
    { "iam",  "CreateDelegationRequest",                 NULL,                                          "RequestorWorkflowId=flow1&" DELEGATION                     },
    { "iam",  "AssociateDelegationRequest",              NULL,                                          "DelegationRequestId=MADE"                                  },
    { "iam",  "GetDelegationRequest",                    NULL,
     "DelegationPermissionCheck=true&DelegationRequestId=MADE"                                                                                                      },
    { "iam",  "ListDelegationRequests",                  NULL,                                          ""                                                          },
    { "iam",  "GetHumanReadableSummary",                 NULL,
     "EntityArn=arn:aws:iam::111122223333:delegation-request/MADE"                                                                                                  },
    { "iam",  "UpdateDelegationRequest",                 NULL,                                          "Notes=n&DelegationRequestId=MADE"                          },
    { "iam",  "AcceptDelegationRequest",                 NULL,                                          "DelegationRequestId=MADE"                                  },
    { "iam",  "RejectDelegationRequest",                 NULL,                                          "Notes=n&DelegationRequestId=MADE"                          },
    { "iam",  "CreateDelegationRequest",                 NULL,                                          "RequestorWorkflowId=flow2&" DELEGATION                     },
    { "iam",  "AssociateDelegationRequest",              NULL,                                          "DelegationRequestId=MADE"                                  },
    { "iam",  "AcceptDelegationRequest",                 NULL,                                          "DelegationRequestId=MADE"                                  },
    { "iam",  "SendDelegationToken",                     NULL,                                          "DelegationRequestId=MADE"                                  },
    { "sts",  "GetDelegatedAccessToken",                 NULL,                                          "TradeInToken=TRADE"                                        },
    { "iam",  "DeleteRole",                              NULL,                                          "RoleName=r"                                                },
    { "iam",  "DeletePolicy",                            NULL,                                          POLICY                                                      },
    { "iam",  "DeleteUser",                              NULL,                                          "UserName=u"                                                },
    { "iam",  "CreateAccessKey",                         NULL,                                          "UserName=keys"                                             },
    { "iam",  "ListAccessKeys",                          NULL,                                          "UserName=keys"                                             },
    { "iam",  "GetAccessKeyLastUsed",                    NULL,                                          "AccessKeyId=KEY"                                           },
    { "iam",  "UpdateAccessKey",                         NULL,                                          "UserName=keys&AccessKeyId=KEY&Status=Inactive"             },
    { "iam",  "DeleteAccessKey",                         NULL,                                          "UserName=keys&AccessKeyId=KEY"                             },
};

struct rig {
    struct inproc *server;
    struct inproc_caller alice;   /* may do everything */
    struct inproc_caller session; /* hers */
    struct inproc_caller nobody;  /* may do nothing */
    struct iam_str key;           /* replaces KEY */
    char codes[64];               /* replaces CODES: two of TOKEN at the present time */
    char made[64];                /* replaces MADE */
    struct iam_str task;          /* replaces TASK */
    struct iam_str credential;    /* replaces CREDENTIAL */
    struct iam_str message;       /* replaces MESSAGE */
    char trade[512];              /* replaces TRADE: the token of the request that was made */
    const struct row *row;        /* that is being run */
    size_t bytes;                 /* of its arena */
    size_t fail_at;               /* the first allocation of the arena's memory to fail; 0: none */
    bool is_persistent;           /* all that follow fail too */
    size_t failed;                /* how many did */
    char answer[512];             /* the beginning of its last body */
};

static struct rig rig;

/* Adds a device of a form; a security key belongs to the user owner. */
static void add_device(const char *id, const char *serial, enum iam_mfa_form form,
                       const char *owner)
{
    struct inproc *s = rig.server;
    struct iam_mfa_device device = { .id = iam_str_c(id),
                                     .account = INPROC_ACCOUNT,
                                     .serial = iam_str_c(serial),
                                     .name = iam_str_c(serial),
                                     .form = form,
                                     .created_ms = 1000 };
    struct iam_user user;
    struct iam_txn *txn;
    assert_ok(iam_store_begin(s->store, IAM_TXN_WRITE, &txn));
    if (form == IAM_MFA_FIDO) {
        device.certifications = IAM_STR("FIDO L1\nFIPS140-2 L2\n");
    } else {
        assert_ok(
            iam_keeper_seal_given_seed(s->keeper, device.id, SEED, &s->arena, &device.sealed_seed));
    }
    assert_ok(iam_store_mfa_device_add(txn, &device));
    if (owner != NULL) {
        assert_ok(iam_store_user_get(txn, &s->arena, device.account, iam_str_c(owner), &user));
        device.owner_id = user.id;
        device.enabled_ms = 1000;
        assert_ok(iam_store_mfa_device_set_state(txn, &device));
    }
    assert_ok(iam_txn_commit(txn));
}

/* The code of a step of 30 seconds. */
static unsigned code_at(int64_t step)
{
    uint8_t counter[8];
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    for (size_t i = 0; i < sizeof(counter); i++) {
        counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    }
    assert_non_null(HMAC(EVP_sha1(), SEED.p, (int)SEED.len, counter, sizeof(counter), mac, &len));
    const uint8_t *at = mac + (mac[len - 1] & 15);
    return (((at[0] & 127u) << 24) | ((unsigned)at[1] << 16) | ((unsigned)at[2] << 8) | at[3]) %
           1000000;
}

/* Goes to another window of attempts, with the codes of that time. */
static void next_codes(void)
{
    inproc_now_ms += WINDOW_MS;
    inproc_sign_ms = inproc_now_ms;
    int64_t step = inproc_now_ms / IAM_STEP_MS;
    (void)snprintf(rig.codes, sizeof(rig.codes),
                   "AuthenticationCode1=%06u&AuthenticationCode2=%06u", code_at(step - 1),
                   code_at(step));
}

/* Makes a credential report, as a thread of the server does. */
static void make_report(struct inproc *s)
{
    const struct iam_entity_ref account = { IAM_KIND_ACCOUNT, INPROC_ACCOUNT, INPROC_ACCOUNT };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(s->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_report_ask(txn, &s->arena, &account));
    assert_ok(iam_store_report_finish(txn, &account, IAM_STR("user,arn"), INPROC_NOW_MS));
    assert_ok(iam_txn_commit(txn));
}

/* Makes a report about used services for Alice, likewise. */
static void make_access_report(struct inproc *s, const char *id, enum iam_kind kind)
{
    const struct iam_str texts[IAM_ACCESS_PART_COUNT] = {
        IAM_STR("Siam\t1\tIAM\t1000\tarn\tus-east-1\t\nAGetUser\t0\t\t\t\n"),
        IAM_STR("E0\tAIDAEXAMPLE00000\tarn\tu\t/\t\nUiam\t0\t1000\t\n")
    };
    struct iam_access_job job = { .account = INPROC_ACCOUNT,
                                  .id = iam_str_c(id),
                                  .kind = kind,
                                  .entity_id = IAM_STR("AIDAEXAMPLE00000"),
                                  .arn = IAM_STR("arn"),
                                  .created_ms = INPROC_NOW_MS };
    struct iam_user alice;
    struct iam_txn *txn;
    assert_ok(iam_store_begin(s->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_user_get(txn, &s->arena, INPROC_ACCOUNT, IAM_STR("alice"), &alice));
    job.owner = alice.id;
    assert_ok(iam_store_access_job_ask(txn, &s->arena, &job));
    assert_ok(iam_store_access_job_finish(txn, &s->arena, &job, INPROC_NOW_MS, texts));
    assert_ok(iam_txn_commit(txn));
}

/* Makes the account manage an organization, which no operation does. */
static void add_organization(struct inproc *s)
{
    const struct iam_entity_ref account = { IAM_KIND_ACCOUNT, INPROC_ACCOUNT, INPROC_ACCOUNT };
    const struct iam_organization organization = { .id = IAM_STR("o-abcdefghij"),
                                                   .has_all_features = true,
                                                   .trusts_iam = true };
    struct iam_txn *txn;
    assert_ok(iam_store_begin(s->store, IAM_TXN_WRITE, &txn));
    assert_ok(iam_store_organization_add(txn, &account, &organization));
    assert_ok(iam_txn_commit(txn));
}

static struct inproc_caller session_of(struct inproc *s, const struct inproc_caller *who)
{
    inproc_must(s, who, "sts", "Action=GetSessionToken");
    return (struct inproc_caller){ .id = inproc_text(s, "AccessKeyId"),
                                   .secret = inproc_text(s, "SecretAccessKey"),
                                   .token = inproc_text(s, "SessionToken") };
}

/* Returns text as its holders send it back. */
static struct iam_str sealed(enum iam_sealed_use use, struct iam_str text)
{
    struct iam_str bytes;
    struct iam_str encoded;
    struct iam_buf b;
    assert_ok(iam_keeper_seal_text(rig.server->keeper, use, INPROC_ACCOUNT, INT64_MAX, text,
                                   &rig.server->arena, &bytes));
    iam_buf_init(&b, iam_heap(), sizeof(rig.trade));
    iam_base64url_add(&b, bytes.p, bytes.len);
    assert_ok(iam_buf_finish(&b, &encoded));
    assert_ok(iam_arena_dup(&rig.server->arena, encoded, &encoded));
    iam_buf_done(&b);
    return encoded;
}

static int setup(void **state)
{
    (void)inproc_setup(state);
    struct inproc *s = *state;
    rig.server = s;
    rig.alice = inproc_user(s, "alice", ALLOW("*"));
    rig.session = session_of(s, &rig.alice);
    rig.nobody = inproc_user(s, "nobody", NULL);
    rig.key = inproc_user(s, "keys", NULL).id;
    next_codes();
    add_device("AMFAAAAAAAAAAAAAAAAA1", TOKEN, IAM_MFA_HARDWARE, NULL);
    add_device("AMFAAAAAAAAAAAAAAAAA2", SECURITY_KEY, IAM_MFA_FIDO, "keys");
    inproc_must(s, &s->root, "iam", "Action=CreateServiceLinkedRole&AWSServiceName=" SCALING);
    inproc_must(s, &s->root, "iam",
                "Action=DeleteServiceLinkedRole&RoleName=AWSServiceRoleForAutoScaling");
    rig.task = inproc_text(s, "DeletionTaskId");
    inproc_must(s, &s->root, "iam",
                "Action=CreateServiceSpecificCredential&UserName=keys&"
                "ServiceName=codecommit.amazonaws.com");
    assert_ok(
        iam_arena_dup(&s->arena, inproc_text(s, "ServiceSpecificCredentialId"), &rig.credential));
    rig.message = sealed(IAM_SEALED_MESSAGE, IAM_STR("{}"));
    make_report(s);
    make_access_report(s, JOB "1", IAM_KIND_USER);
    make_access_report(s, JOB "2", IAM_KIND_ACCOUNT);
    add_organization(s);
    return 0;
}

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("%s in %zu bytes: not " #condition ": %d %s", rig.row->op, rig.bytes, status, \
                     rig.answer);                                                                  \
        }                                                                                          \
    } while (0)

static bool has_codes(const struct row *row)
{
    return row->input != NULL && strstr(row->input, "CODES") != NULL;
}

/* Returns text with value in the place of name; a sign before the name stays. */
static struct iam_str replaced(struct iam_str text, const char *name, struct iam_str value)
{
    const char *at = strstr(text.p, name);
    if (at == NULL) {
        return text;
    }
    const char *rest = at + strlen(name);
    at += *at == '=' || *at == '/';
    return signer_fmt(&rig.server->arena, "%.*s%.*s%s", (int)(at - text.p), text.p,
                      IAM_STR_ARG(value), rest);
}

/* Remembers the ID of what a row made that is not named by its client. */
static void note_made(void)
{
    static const char *const BEFORE[] = { "<SSHPublicKeyId>", "<DelegationRequestId>", "/oidc/" };
    for (size_t i = 0; i < IAM_COUNT(BEFORE); i++) {
        const char *at = strstr(rig.answer, BEFORE[i]);
        if (at != NULL) {
            at += strlen(BEFORE[i]);
            (void)snprintf(rig.made, sizeof(rig.made), "%.*s", (int)strcspn(at, "</\""), at);
            (void)snprintf(rig.trade, sizeof(rig.trade), "%.*s",
                           IAM_STR_ARG(sealed(IAM_SEALED_TRADE_IN, iam_str_c(rig.made))));
        }
    }
}

static struct inproc_request request_of(const struct inproc_caller *who)
{
    struct inproc *s = rig.server;
    const struct row *row = rig.row;
    if (row->path != NULL) {
        struct iam_str path = replaced(iam_str_c(row->path), "/MADE", iam_str_c(rig.made));
        return inproc_make(s, who, row->service, row->input != NULL ? "POST" : "GET", path.p,
                           "application/json", row->input);
    }
    struct iam_str text = signer_fmt(&s->arena, "Action=%s&%s", row->op, row->input);
    text = replaced(text, "CODES", iam_str_c(rig.codes));
    text = replaced(text, "=KEY", rig.key);
    text = replaced(text, "=MADE", iam_str_c(rig.made));
    text = replaced(text, "/MADE", iam_str_c(rig.made));
    text = replaced(text, "TASK", rig.task);
    text = replaced(text, "=CREDENTIAL", rig.credential);
    text = replaced(text, "=MESSAGE", rig.message);
    text = replaced(text, "=TRADE", iam_str_c(rig.trade));
    return inproc_query(s, who, row->service, text.p);
}

/* Makes a request of one who may. Only a session can be narrowed. */
static struct inproc_request allowed_request(const struct row *row)
{
    bool needs_session = strcmp(row->op, "GetScopedCredentials") == 0;
    return request_of(needs_session ? &rig.session : &rig.alice);
}

/* As the server does after each request. */
static void check_record(const struct api_request *r, int status)
{
    struct iam_buf brief;
    struct iam_str record;
    iam_buf_init(&brief, iam_heap(), RECORD_BRIEF_BYTES);
    if (record_whole(r, &record) != IAM_OK) {
        assert_ok(record_brief(r, &brief, &record));
    }
    bool has_error = memmem(record.p, record.len, "\"errorCode\":", 12) != NULL;
    EXPECT(has_error == (status != 200));
    EXPECT(record.len > 2 && memcmp(record.p + record.len - 2, "}\n", 2) == 0);
    if (r->call.op != NULL) {
        EXPECT(memmem(record.p, record.len, rig.row->op, strlen(rig.row->op)) != NULL);
    }
    iam_buf_done(&brief);
}

/* A success is complete; a failure may have lost its whole body, but not a part of it. */
static void check_body(const struct api_request *r, int status)
{
    struct iam_str body = r->response.body;
    char end[64];
    if (body.len == 0) {
        EXPECT(status != 200);
    } else if (rig.row->path != NULL) {
        EXPECT(body.p[0] == '{' && body.p[body.len - 1] == '}');
    } else {
        (void)snprintf(end, sizeof(end), "</%s%s>", status == 200 ? rig.row->op : "Error",
                       "Response");
        body = iam_str_trim(body);
        EXPECT(body.len > strlen(end));
        EXPECT(memcmp(body.p + body.len - strlen(end), end, strlen(end)) == 0);
    }
}

/* Runs q once in an arena of rig.bytes; returns the status after checking what must always
 * hold. */
static int run(const struct inproc_request *q, enum api_access *ret_access)
{
    struct failing_alloc heap;
    struct iam_arena arena;
    struct api_request r;
    int64_t before = inproc_last_change(rig.server);
    failing_alloc_init(&heap, rig.fail_at, rig.is_persistent);
    iam_arena_init(&arena, &heap.alloc, rig.bytes);
    inproc_open(rig.server, q, &arena, &r);
    if (!r.is_done) {
        api_request_run(&r);
    }
    int status = r.response.status;
    (void)snprintf(rig.answer, sizeof(rig.answer), "%.*s", IAM_STR_ARG(r.response.body));
    EXPECT(r.is_done && r.response.content_type.len > 0);
    check_body(&r, status);
    check_record(&r, status);
    EXPECT(status == 200 || inproc_last_change(rig.server) == before);
    *ret_access = r.call.op != NULL ? r.call.op->rule->access : API_ACCESS_NONE;
    api_request_close(&r);
    iam_arena_done(&arena);
    EXPECT(heap.live == 0);
    rig.failed = heap.failed;
    return status;
}

/* Tells whether the status means a failure of ours or too little room, and not a decision. */
static bool is_shortage(int status)
{
    return status == 413 || status == 500 || status == 503;
}

/* Runs a denied request in larger and larger arenas, until there is room to deny it. */
static void run_denied(const struct row *row)
{
    enum api_access access;
    rig.row = row;
    struct inproc_request q = request_of(&rig.nobody);
    rig.bytes = ENOUGH_BYTES;
    int status = run(&q, &access);
    if (access != API_ACCESS_POLICY && access != API_ACCESS_TRUST) {
        return;
    }
    EXPECT(status == 403);
    for (rig.bytes = 0, status = 0; status != 403; rig.bytes += DENIED_STEP_BYTES) {
        status = run(&q, &access);
        EXPECT(is_shortage(status) || status == 403);
        EXPECT(rig.bytes < ENOUGH_BYTES);
    }
}

/* Returns the status of a request of Alice's that has all it needs. */
static int answer_of(const struct row *row)
{
    if (strcmp(row->op, NO_TOKEN) == 0 || strcmp(row->op, UNSIGNED_ASSERTION) == 0) {
        return 400;
    }
    return strcmp(row->op, NO_ORGANIZATION) == 0 || strcmp(row->op, NO_ROOT) == 0 ? 403 : 200;
}

/* Keys are made for each of these requests, which takes a while. */
static size_t step_of(const struct row *row)
{
    return strcmp(row->op, "EnableOutboundWebIdentityFederation") == 0 ? (size_t)16 * STEP_BYTES
                                                                       : STEP_BYTES;
}

static void run_allowed(const struct row *row)
{
    enum api_access access;
    int wanted = answer_of(row);
    int status = 0;
    rig.row = row;
    struct inproc_request q = allowed_request(row);
    for (rig.bytes = 0; status != wanted; rig.bytes += step_of(row)) {
        if (has_codes(row)) {
            next_codes();
            q = allowed_request(row);
        }
        status = run(&q, &access);
        EXPECT(is_shortage(status) || status == wanted);
        EXPECT(rig.bytes < ENOUGH_BYTES);
    }
    note_made();
}

/* Fails the arena's allocations one after another. For operations that can run again. */
static void run_without_heap(const struct row *row)
{
    enum api_access access;
    int wanted = answer_of(row);
    rig.row = row;
    rig.bytes = ENOUGH_BYTES;
    struct inproc_request q = allowed_request(row);
    do {
        rig.fail_at++;
        int status = run(&q, &access);
        EXPECT(is_shortage(status) || status == wanted);
        EXPECT(rig.failed > 0 || status == wanted);
        EXPECT(rig.fail_at < 1000);
    } while (rig.failed > 0);
    rig.fail_at = 0;
}

static bool is_write(const struct row *row)
{
    for (size_t i = 0; i < api_catalog.count; i++) {
        const struct api_op *op = api_op_find(api_catalog.services[i], iam_str_c(row->op));
        if (op != NULL) {
            return op->rule->txn == API_TXN_WRITE;
        }
    }
    return true;
}

static void test_every_operation_in_every_arena(void **state)
{
    (void)state;
    for (size_t i = 0; i < IAM_COUNT(rows); i++) {
        run_denied(&rows[i]);
        run_allowed(&rows[i]);
        for (int mode = 0; mode < 2 && !is_write(&rows[i]); mode++) {
            rig.is_persistent = mode == 1;
            run_without_heap(&rows[i]);
        }
    }
}

/* The table has a row for every operation that the server offers. */
static void test_no_operation_is_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < api_catalog.count; i++) {
        const struct api_service *service = api_catalog.services[i];
        for (size_t j = 0; j < service->op_count; j++) {
            size_t k = 0;
            while (k < IAM_COUNT(rows) &&
                   !(iam_str_eq(service->name, iam_str_c(rows[k].service)) &&
                     iam_str_eq(service->ops[j].name, iam_str_c(rows[k].op)))) {
                k++;
            }
            if (k == IAM_COUNT(rows)) {
                fail_msg("no row for %.*s", IAM_STR_ARG(service->ops[j].name));
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_operation_is_left_out),
        cmocka_unit_test_setup_teardown(test_every_operation_in_every_arena, setup,
                                        inproc_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
