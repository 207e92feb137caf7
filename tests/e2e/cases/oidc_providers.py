# SPDX-License-Identifier: Apache-2.0
"""OpenID Connect providers: URLs, client IDs, thumbprints, tags, who may, quotas, a restart."""

import re

from lib.case import allow, document, trust

CREATE, GET = "CreateOpenIDConnectProvider", "GetOpenIDConnectProvider"
PRINT = "0123456789abcdef" * 2 + "01234567"
MISSING = "OpenIDConnect Provider not found for arn %s"


def host(t):
    return t.name("idp") + ".example.com"


def make(t, url, client=None, **more):
    params = {"ThumbprintList": [PRINT], **more}
    return (client or t.root).call(CREATE, Url=url, **params)["OpenIDConnectProviderArn"]


def get(t, arn):
    return t.root.call(GET, OpenIDConnectProviderArn=arn)


def test_life(t):
    name = host(t)
    tags = [{"Key": "key", "Value": "value"}, {"Key": "Key", "Value": "Value"}]
    made = t.root.call(CREATE, Url="https://%s/path/" % name, Tags=tags,
                       ClientIDList=["z-client", "a-client", "z-client"],
                       ThumbprintList=[PRINT.upper(), PRINT])
    arn = t.arn("oidc-provider/", name + "/path/", "")
    t.equal(made, {"OpenIDConnectProviderArn": arn, "Tags": tags})
    got = get(t, arn)
    t.true(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", got.pop("CreateDate")),
           "the date has milliseconds")
    t.equal(got, {"Url": name + "/path/", "ClientIDList": ["z-client", "a-client"],
                  "ThumbprintList": [PRINT, PRINT], "Tags": tags[::-1]})
    error = t.fails("EntityAlreadyExists", t.root.call, CREATE, Url="https://%s/path/" % name,
                    ThumbprintList=[PRINT], status=409)
    t.equal(error.message, "Provider with url https://%s/path/ already exists." % name)
    listed = t.root.call("ListOpenIDConnectProviders")["OpenIDConnectProviderList"]
    t.true({"Arn": arn} in listed, "it is listed with its ARN alone")
    t.root.call("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=arn)
    error = t.fails("NoSuchEntity", t.root.call, "DeleteOpenIDConnectProvider",
                    OpenIDConnectProviderArn=arn, status=404)
    t.equal(error.message, "OpenId connect Provider %s cannot be found." % arn)
    error = t.fails("NoSuchEntity", t.root.call, GET, OpenIDConnectProviderArn=arn, status=404)
    t.equal(error.message, MISSING % arn)
    bare = make(t, "https://%s/path/" % name)
    got = get(t, bare)
    t.equal((got["ClientIDList"] or [], got["Tags"] or []), ([], []), "nothing of the one before")


def test_urls(t):
    name = host(t)
    for url, kept in (("https://%s/path" % name, name + "/path"),
                      ("https://%s/path/" % name, name + "/path/"),
                      ("https://%s:443" % name, name),
                      ("https://%s:443/x" % name, name + "/x"),
                      ("https://%s/MixedCase" % name.upper(), name.upper() + "/MixedCase"),
                      ("https://%s/a*b" % name, name + "/a*b")):
        arn = make(t, url)
        t.equal(arn, t.arn("oidc-provider/", kept, ""), url)
        t.equal(get(t, arn)["Url"], kept)
    for url in (name, "idp", "https://", "://" + name):
        error = t.fails("ValidationError", t.root.call, CREATE, Url=url, ThumbprintList=[PRINT],
                        status=400)
        t.equal(error.message, "Invalid Open ID Connect Provider URL", url)
    for url in ("http://" + name, "HTTPS://" + name, "ftp://" + name):
        error = t.fails("InvalidInput", t.root.call, CREATE, Url=url, ThumbprintList=[PRINT],
                        status=400)
        t.equal(error.message,
                "Invalid Open ID Connect Provider URL. The URL must begin with https://.", url)
    for tail in ("/?q=value", "?q", "/#fragment", "#", ":8443", ":443:443", ":", "/ ", "/\u00e9",
                 "/a\\b", "/a\nb"):
        error = t.fails("InvalidInput", t.root.call, CREATE, Url="https://%s%s" % (name, tail),
                        ThumbprintList=[PRINT], status=400)
        t.equal(error.message, "", tail)
    for url in ("https:///path", "https://u@" + name, "https://[::1]", "https://.x", "https://:443"):
        t.fails("InvalidInput", t.root.call, CREATE, Url=url, ThumbprintList=[PRINT], status=400)
    longest = "https://" + "a" * (255 - len("https://"))
    make(t, longest)
    t.fails("ValidationError", t.root.call, CREATE, Url=longest + "a", ThumbprintList=[PRINT])


def test_a_fault_without_words_has_no_message(t):
    response = t.root.query(CREATE, {"Url": "https://x.example.com/?q", "ThumbprintList": [PRINT]})
    t.equal(response.status, 400)
    t.contains(response.text, "<Code>InvalidInput</Code></Error>")


def test_thumbprints(t):
    url = "https://" + host(t)
    error = t.fails("InvalidInput", t.root.call, CREATE, Url=url, ThumbprintList=[PRINT] * 6,
                    status=400)
    t.equal(error.message, "Thumbprint list must contain fewer than 5 entries.")
    for none in ({}, {"ThumbprintList": []}):
        bare = t.root.call(CREATE, Url="https://%s" % host(t), **none)["OpenIDConnectProviderArn"]
        t.equal(get(t, bare)["ThumbprintList"] or [], [], "authorities vouch for it, or nobody")
    for wrong in (PRINT[1:], PRINT + "0", ""):
        t.fails("ValidationError", t.root.call, CREATE, Url=url, ThumbprintList=[PRINT, wrong])
    arn = make(t, url, ThumbprintList=["g" * 40] * 5)
    t.equal(get(t, arn)["ThumbprintList"], ["g" * 40] * 5)
    update = "UpdateOpenIDConnectProviderThumbprint"
    error = t.fails("InvalidInput", t.root.call, update, OpenIDConnectProviderArn=arn,
                    ThumbprintList=[], status=400)
    t.equal(error.message, "Thumbprint list must contain at least one entry.")
    error = t.fails("InvalidInput", t.root.call, update, OpenIDConnectProviderArn=arn,
                    ThumbprintList=[PRINT] * 6, status=400)
    t.equal(get(t, arn)["ThumbprintList"], ["g" * 40] * 5, "what was refused changed nothing")
    t.root.call(update, OpenIDConnectProviderArn=arn, ThumbprintList=["C" * 40, PRINT])
    t.equal(get(t, arn)["ThumbprintList"], ["c" * 40, PRINT])


def test_client_ids(t):
    arn = make(t, "https://" + host(t), ClientIDList=["b"])
    add, remove = "AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider"
    for one in ("a", "b", "1:x,\n<&>", "B"):
        t.root.call(add, OpenIDConnectProviderArn=arn, ClientID=one)
    t.equal(get(t, arn)["ClientIDList"], ["b", "a", "1:x,\n<&>", "B"])
    for one in ("never", "b", "b"):
        t.root.call(remove, OpenIDConnectProviderArn=arn, ClientID=one)
    t.equal(get(t, arn)["ClientIDList"], ["a", "1:x,\n<&>", "B"])
    for one in ("a", "1:x,\n<&>", "B"):
        t.root.call(remove, OpenIDConnectProviderArn=arn, ClientID=one)
    t.equal(get(t, arn)["ClientIDList"] or [], [])
    many = ["id%d" % i for i in range(100)]
    arn = make(t, "https://" + host(t), ClientIDList=many + many[:1])
    t.equal(get(t, arn)["ClientIDList"], many)
    words = "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"
    error = t.fails("LimitExceeded", t.root.call, add, OpenIDConnectProviderArn=arn,
                    ClientID="more", status=409)
    t.equal(error.message, words)
    t.root.call(add, OpenIDConnectProviderArn=arn, ClientID=many[7])
    error = t.fails("LimitExceeded", t.root.call, CREATE, Url="https://" + host(t),
                    ThumbprintList=[PRINT], ClientIDList=many + ["more"], status=409)
    t.equal(error.message, words)


def test_arns(t):
    """Of nothing, of another kind, of another account."""
    role, role_arn = t.role("r")
    for action, more in (
            (GET, {}), ("DeleteOpenIDConnectProvider", {}), ("ListOpenIDConnectProviderTags", {}),
            ("AddClientIDToOpenIDConnectProvider", {"ClientID": "c"}),
            ("RemoveClientIDFromOpenIDConnectProvider", {"ClientID": "c"}),
            ("UpdateOpenIDConnectProviderThumbprint", {"ThumbprintList": [PRINT]}),
            ("TagOpenIDConnectProvider", {"Tags": [{"Key": "a", "Value": ""}]}),
            ("UntagOpenIDConnectProvider", {"TagKeys": ["a"]})):
        error = t.fails("InvalidInput", t.root.call, action, OpenIDConnectProviderArn=role_arn,
                        status=400, **more)
        t.equal(error.message, "ARN %s is not valid." % role_arn)
        error = t.fails("ValidationError", t.root.call, action, status=400,
                        OpenIDConnectProviderArn="https://idp.example.com/path", **more)
        t.equal(error.message, "Invalid ARN:  Could not be parsed!")
        other = "arn:aws:iam::999999999999:oidc-provider/idp.example.com"
        t.fails(("AccessDenied", "NoSuchEntity"), t.root.call, action,
                OpenIDConnectProviderArn=other, **more)
    t.root.call("DeleteRole", RoleName=role)


def test_tags(t):
    arn = make(t, "https://" + host(t))
    who = {"OpenIDConnectProviderArn": arn}
    ten = [{"Key": "k%d" % i, "Value": "v"} for i in range(10)]
    t.root.call("TagOpenIDConnectProvider", Tags=ten, **who)
    found, sizes, marker = [], [], {}
    while True:
        page = t.root.call("ListOpenIDConnectProviderTags", MaxItems=4, **who, **marker)
        found += page["Tags"]
        sizes.append(len(page["Tags"]))
        if page["IsTruncated"] == "false":
            break
        marker = {"Marker": page["Marker"]}
    t.equal((found, sizes), (ten, [4, 4, 2]))
    t.root.call("TagOpenIDConnectProvider", Tags=[{"Key": "K0", "Value": "other"},
                                                  {"Key": "k1", "Value": "new"}], **who)
    t.root.call("UntagOpenIDConnectProvider", TagKeys=["k2", "never"], **who)
    got = {one["Key"]: one["Value"] for one in get(t, arn)["Tags"]}
    t.equal((len(got), got["K0"], got["k0"], got["k1"]), (10, "other", "v", "new"))
    error = t.fails("LimitExceeded", t.root.call, "TagOpenIDConnectProvider", status=409,
                    Tags=[{"Key": "n%d" % i, "Value": ""} for i in range(41)], **who)
    t.equal(error.message, "The number of tags has reached the maximum limit.")
    error = t.fails("InvalidInput", t.root.call, "TagOpenIDConnectProvider", status=400,
                    Tags=[{"Key": "aws:x", "Value": ""}], **who)
    t.equal(len(get(t, arn)["Tags"]), 10)


def test_who_may(t):
    """Conditions on tags, tags at creation, resources; what a denial names."""
    name = host(t)
    mine = t.arn("oidc-provider/", name, "")
    user = t.user("ann", [allow("iam:" + CREATE, mine)])
    error = t.denied(user.client.call, CREATE, Url="https://%s/x" % name, ThumbprintList=[PRINT])
    t.contains(error.message, "iam:%s on resource: %s/x because" % (CREATE, mine))
    error = t.denied(user.client.call, CREATE, Url="https://" + name, ThumbprintList=[PRINT],
                     Tags=[{"Key": "a", "Value": "1"}])
    t.contains(error.message, "iam:TagOpenIDConnectProvider on resource: " + mine)
    error = t.denied(user.client.call, CREATE, Url="http://" + name, ThumbprintList=[PRINT])
    t.contains(error.message, "on resource: * because", "a URL that is none")
    t.equal(make(t, "https://" + name, user.client), mine)
    error = t.denied(user.client.call, GET, OpenIDConnectProviderArn=mine)
    t.contains(error.message, "iam:%s on resource: %s because" % (GET, mine))
    error = t.denied(user.client.call, "ListOpenIDConnectProviders")
    t.contains(error.message, "on resource: %s because" % t.arn("oidc-provider/", "*", ""))
    t.root.call("TagOpenIDConnectProvider", OpenIDConnectProviderArn=mine,
                Tags=[{"Key": "team", "Value": "blue"}])
    statement = dict(allow("iam:*OpenIDConnect*"), Condition={
        "StringEquals": {"aws:ResourceTag/team": "blue"}})
    blue = t.user("blue", [statement])
    blue.client.call(GET, OpenIDConnectProviderArn=mine)
    t.denied(blue.client.call, GET, OpenIDConnectProviderArn=make(t, "https://" + host(t)))
    t.denied(blue.client.call, CREATE, Url="https://" + host(t), ThumbprintList=[PRINT])
    make(t, "https://" + host(t), blue.client, Tags=[{"Key": "team", "Value": "blue"}])
    blue.client.call("UntagOpenIDConnectProvider", OpenIDConnectProviderArn=mine, TagKeys=["team"])
    t.denied(blue.client.call, GET, OpenIDConnectProviderArn=mine)
    statement["Condition"] = {"StringEquals": {"aws:RequestTag/team": "red"},
                              "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}
    red = t.user("red", [statement])
    for tags in ([{"Key": "team", "Value": "blue"}],
                 [{"Key": "team", "Value": "red"}, {"Key": "x", "Value": ""}]):
        t.denied(red.client.call, "TagOpenIDConnectProvider", OpenIDConnectProviderArn=mine,
                 Tags=tags)
    red.client.call("TagOpenIDConnectProvider", OpenIDConnectProviderArn=mine,
                    Tags=[{"Key": "team", "Value": "red"}])


def test_a_role_trusts_it_and_it_goes(t):
    """Deleting a provider leaves the roles that name it as they are."""
    name = host(t)
    arn = make(t, "https://" + name)
    role, _ = t.role("web", AssumeRolePolicyDocument=document({
        "Effect": "Allow", "Principal": {"Federated": arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {name + ":sub": "me"}}}))
    t.root.call("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=arn)
    t.contains(t.root.call("GetRole", RoleName=role)["Role"]["AssumeRolePolicyDocument"],
               "oidc-provider")


def test_quota_summary_and_restart(t):
    server = t.start(extra=["--quota", "OpenIdConnectProvidersPerAccount=2"])
    t.server = server
    arns = sorted(make(t, "https://%s.example.com" % name, ClientIDList=[name]) for name in "ba")
    error = t.fails("LimitExceeded", t.root.call, CREATE, Url="https://c.example.com",
                    ThumbprintList=[PRINT], status=409)
    t.equal(error.message, "Cannot exceed quota for OpenIdConnectProvidersPerAccount: 2")
    t.equal(t.root.call("GetAccountSummary")["SummaryMap"]["Providers"], "2")
    t.root.call("TagOpenIDConnectProvider", OpenIDConnectProviderArn=arns[0],
                Tags=[{"Key": "a", "Value": "b"}])
    before = [get(t, arn) for arn in arns]
    server.restart()
    t.roots = {}
    listed = t.root.call("ListOpenIDConnectProviders")["OpenIDConnectProviderList"]
    t.equal([one["Arn"] for one in listed], arns, "in the order of their URLs")
    t.equal([get(t, arn) for arn in arns], before)
    t.root.call("DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=arns[0])
    t.equal(t.root.call("GetAccountSummary")["SummaryMap"]["Providers"], "1")
    make(t, "https://c.example.com")
