//! HAProxy: an action in Lua, since it has no request of its own to ask with before it lets one through. Two texts, because
//! HAProxy loads scripts from files alone.

use super::plan::Host;
use super::{HEAD, Plan, headers, taken_off};

/// The configuration.
pub(super) fn text(plan: &Plan) -> String {
    let known: Vec<&str> = plan.hosts.iter().map(|host| &*host.name).collect();
    let known = known.join(" ");
    let asked: String = plan.hosts.iter().map(asks).collect();
    let removed: String = taken_off(Some("x-forwarded-"))
        .map(|name| format!("\thttp-request del-header {name}\n"))
        .collect();
    format!(
        r#"{HEAD}# It loads what `grantd gate config haproxy --script` prints.

global
	lua-load /etc/haproxy/grantd.lua
	log stdout format raw local0

defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
	timeout tunnel 1h

frontend guarded
	bind :{port}
	log global
	# No query in logs: it may carry a credential.
	log-format "%ci [%tr] %HM %HPO %ST %B"

	http-request deny deny_status 421 unless {{ req.hdr(host),field(1,:) -m str -i {known} }}
	# A target that names a host of its own is read as the path that it is.
	http-request set-uri %[pathq]
	# To servers that make variables of headers such a name is another one, or more than a header; and all identities are the
	# gate's to give.
	http-request del-header [^A-Za-z0-9-] -m reg
	http-request del-header x-grantd- -m beg
{removed}	http-request del-header x-forwarded- -m beg
	# A header that Connection names may be taken off on the way on: nobody names what the gate tells. And a connection becomes a
	# WebSocket or nothing: of several upgrades nobody knows which one counts.
	acl connection_upgrades req.hdr(connection) -m str -i upgrade
	acl to_websocket req.fhdr(upgrade) -m str -i websocket
	acl to_one_alone req.fhdr_cnt(upgrade) eq 1
	http-request set-var(txn.grantd_websocket) bool(true) if connection_upgrades to_websocket to_one_alone
	acl is_websocket var(txn.grantd_websocket) -m bool
	http-request set-header Connection Upgrade if is_websocket
	http-request set-header Upgrade websocket if is_websocket
	http-request del-header Connection unless is_websocket
	http-request del-header Upgrade unless is_websocket
{asked}	# HAProxy goes on after a script that failed: only what the script let through may.
	http-request deny deny_status 503 unless {{ var(txn.grantd_passed) -m bool }}
	http-request set-header X-Forwarded-For %[src]
	http-request set-header X-Forwarded-Proto {scheme}
	default_backend api

backend api
	server api {api}
"#,
        port = plan.port,
        api = plan.api,
        scheme = plan.scheme.unwrap_or("%[ssl_fc,iif(https,http)]"),
    )
}

/// The host is written out: whoever sends it in another spelling is judged as if it were this one, as the API is.
fn asks(host: &Host) -> String {
    let Host { name, authority } = host;
    let is_it = format!("if {{ req.hdr(host),field(1,:) -m str -i {name} }}");
    format!("\thttp-request lua.grantd {authority} {is_it}\n\thttp-request set-header Host {authority} {is_it}\n")
}

/// The script.
pub(super) fn script(plan: &Plan) -> String {
    let names: String = headers().map(|name| format!("\t\"{name}\",\n")).collect();
    let head: String = HEAD.lines().map(|line| line.replacen('#', "--", 1) + "\n").collect();
    format!(
        "{head}\nlocal GATE = \"http://{grantd}{gate}\"\nlocal OWN_HOST = \"{own_host}\"\nlocal SCHEME = {scheme}\n\
         local NAMES = {{\n{names}}}\n{SCRIPT}",
        grantd = plan.grantd,
        gate = plan.gate,
        own_host = plan.own_host,
        scheme = plan
            .scheme
            .map_or_else(|| "nil".to_owned(), |scheme| format!("\"{scheme}\"")),
    )
}

/// What does not depend on the realm.
const SCRIPT: &str = r#"
-- Headers that are about the connection, the body or other ways to tell about the request.
local KEPT_BACK = {
	["host"] = true, ["connection"] = true, ["keep-alive"] = true, ["upgrade"] = true, ["te"] = true, ["trailer"] = true,
	["transfer-encoding"] = true, ["content-length"] = true, ["expect"] = true, ["cookie"] = true,
}

-- In milliseconds. HAProxy's client asks four times before it gives up: that makes two seconds. Where it has the option, set
-- `httpclient.retries 0` in its `global` section and 2000 here.
local PATIENCE = 500

local function question(txn, host)
	local headers = {}
	for name, values in pairs(txn.http:req_get_headers()) do
		if not KEPT_BACK[name] then
			headers[name] = {}
			for at = 0, #values do
				if values[at] ~= nil then table.insert(headers[name], values[at]) end
			end
		end
	end
	local scheme = SCHEME or txn.f:ssl_fc() == 1 and "https" or "http"
	headers["host"] = { OWN_HOST }
	headers["x-forwarded-for"] = { txn.f:src() }
	headers["x-original-method"] = { txn.f:method() }
	headers["x-original-url"] = { scheme .. "://" .. host .. txn.f:pathq() }
	return headers
end

-- In their order: HAProxy counts from 0, and `pairs` begins elsewhere.
local function told(answer, name)
	local found, values = {}, answer.headers[name:lower()] or {}
	for at = 0, #values do
		if values[at] ~= nil then table.insert(found, values[at]) end
	end
	return found
end

local function refuse(txn, status, answer)
	local reply = txn:reply({ status = status })
	reply:add_header("Cache-Control", "no-store")
	-- What is wanted, and the nonce for the next proof of possession, where the realm asks for one.
	for _, name in ipairs({ "WWW-Authenticate", "DPoP-Nonce" }) do
		for _, value in ipairs(answer ~= nil and told(answer, name) or {}) do reply:add_header(name, value) end
	end
	txn:done(reply)
end

-- Every header or no pass: one that was left out would be what the caller sent.
local function pass(txn, answer)
	for _, name in ipairs(NAMES) do
		local value = told(answer, name)[1]
		if value == nil or value == "" then return refuse(txn, 503) end
		txn.http:req_set_header(name, value)
	end
	txn:set_var("txn.grantd_passed", true)
end

core.register_action("grantd", { "http-req" }, function(txn, host)
	local asking = core.httpclient()
	local answer = asking:get({ url = GATE, headers = question(txn, host), timeout = PATIENCE })
	local status = answer ~= nil and answer.status or 0
	if status == 200 then return pass(txn, answer) end
	if status ~= 401 and status ~= 403 then return refuse(txn, 503) end
	return refuse(txn, status, answer)
end, 1)
"#;
