-- Postern for Dovecot 2.3 and 2.4: passdb and userdb that ask posternd. Needs lua-socket.
-- Debian: apt install dovecot-auth-lua lua-socket
--
-- The script and posternd use Dovecot's auth protocol; see postern-protocols(7).

local unix = require "socket.unix"
local mime = require "mime"

-- The setting dovecot_socket of postern.conf.
local path = "/run/postern/dovecot"

-- Seconds to wait for one answer: more than any queue of slow hashes takes, less than the 60 s that Dovecot gives a
-- worker.
local patience = 30

local auth = dovecot.auth
local connection
local last_id = 0

-- Dovecot's escaping of values between TABs (src/lib/strescape.c).
local escapes = { ["\0"] = "\0010", ["\001"] = "\0011", ["\t"] = "\001t", ["\r"] = "\001r", ["\n"] = "\001n" }
local unescapes = { ["0"] = "\0", ["1"] = "\001", t = "\t", r = "\r", n = "\n" }

local function escape(text)
  return (text:gsub("[\0\001\t\r\n]", escapes))
end

local function unescape(text)
  return (text:gsub("\001(.)", unescapes))
end

local function close()
  if connection then connection:close() end
  connection = nil
end

local function open()
  local made = unix()
  made:settimeout(patience)
  local ok, problem = made:connect(path)
  if not ok then
    made:close()
    return problem
  end
  connection = made
  -- Before the server's greeting, which comes sooner then. The CPID may be a constant: posternd tells its clients apart by
  -- their connections.
  ok, problem = connection:send("VERSION\t1\t2\nCPID\t1\n")
  while ok do
    local line
    line, problem = connection:receive("*l")
    if not line then break end
    if line == "DONE" then return nil end
  end
  close()
  return problem
end

-- Sends one request. Returns the fields of the answer, including its command name; or nil and what went wrong.
local function exchange(make_line)
  last_id = last_id % 0x7fffffff + 1
  local ok, problem = connection:send(make_line(last_id))
  while ok do
    local line
    line, problem = connection:receive("*l")
    if not line then break end
    local fields = {}
    for field in (line .. "\t"):gmatch("(.-)\t") do fields[#fields + 1] = field end
    if fields[2] == tostring(last_id) then return fields end
  end
  close()
  return nil, problem or "no answer"
end

-- Sends one request. A connection from an earlier request may have ended in the meantime: then tries once on a new one.
local function ask(make_line)
  if connection then
    local fields, problem = exchange(make_line)
    if fields or problem ~= "closed" then return fields, problem end
  end
  local problem = open()
  if problem then return nil, problem end
  return exchange(make_line)
end

-- Whether a master user made the request. Then Dovecot has already checked the secret, which is not the account's.
local function is_master(request)
  return (request.master_user or "") ~= ""
end

-- The key=value fields, from the third field on, whose key has this prefix; the prefix is removed if strip is set.
local function values(fields, prefix, strip)
  local found = {}
  for index = 3, #fields do
    local key, value = fields[index]:match("^([^=]+)=(.*)$")
    if key and key:sub(1, #prefix) == prefix then
      found[strip and key:sub(#prefix + 1) or key] = unescape(value)
    end
  end
  return found
end

local function has(fields, wanted)
  for index = 3, #fields do
    if fields[index] == wanted then return true end
  end
  return false
end

function auth_password_verify(request, password)
  local fields, problem = ask(function(id)
    local line = "AUTH\t" .. id .. "\tPLAIN\tservice=" .. escape(request.protocol or request.service or "")
    line = line .. "\trip=" .. escape(request.remote_ip or "")
    if request.session and request.session ~= "" then line = line .. "\tsession=" .. escape(request.session) end
    if is_master(request) then line = line .. "\tmaster-user=" .. escape(request.master_user) end
    return line .. "\tresp=" .. mime.b64("\0" .. request.user .. "\0" .. password) .. "\n"
  end)
  if not fields then
    return auth.PASSDB_RESULT_INTERNAL_FAILURE, "posternd: " .. problem
  elseif fields[1] == "OK" then
    local result = values(fields, "userdb_")
    result.user = values(fields, "user").user
    return auth.PASSDB_RESULT_OK, result
  elseif fields[1] == "FAIL" and not has(fields, "code=temp_fail") then
    -- Not PASSWORD_MISMATCH: for that Dovecot would write a line of its own, and refusals would count as guesses.
    return auth.PASSDB_RESULT_USER_UNKNOWN, "denied"
  end
  return auth.PASSDB_RESULT_INTERNAL_FAILURE, "posternd: temporary failure"
end

local function look_up(request)
  return ask(function(id)
    return "USER\t" .. id .. "\t" .. escape(request.user) .. "\n"
  end)
end

-- Whether a user exists; a proxy asks this before it passes mail on. Returns no credential: the hash in the answer
-- matches no secret, and mechanisms that need a credential, or a master user, get nothing at all.
function auth_passdb_lookup(request)
  if (request.mechanism or "") ~= "" or is_master(request) then
    return auth.PASSDB_RESULT_SCHEME_NOT_AVAILABLE, "no credentials"
  end
  local fields, problem = look_up(request)
  if not fields then
    return auth.PASSDB_RESULT_INTERNAL_FAILURE, "posternd: " .. problem
  elseif fields[1] == "USER" then
    return auth.PASSDB_RESULT_OK, { user = unescape(fields[3]), password = "{SHA512-CRYPT}!" }
  elseif fields[1] == "NOTFOUND" then
    return auth.PASSDB_RESULT_USER_UNKNOWN, "no such user"
  end
  return auth.PASSDB_RESULT_INTERNAL_FAILURE, "posternd: temporary failure"
end

-- Where the mail of an account is, for deliveries and doveadm.
function auth_userdb_lookup(request)
  local fields, problem = look_up(request)
  if not fields then
    return auth.USERDB_RESULT_INTERNAL_FAILURE, "posternd: " .. problem
  elseif fields[1] == "USER" then
    local result = values({ "", "", table.unpack(fields, 4) }, "")
    result.user = unescape(fields[3])
    return auth.USERDB_RESULT_OK, result
  elseif fields[1] == "NOTFOUND" then
    return auth.USERDB_RESULT_USER_UNKNOWN, "no such user"
  end
  return auth.USERDB_RESULT_INTERNAL_FAILURE, "posternd: temporary failure"
end

-- All accounts, for doveadm, read a page at a time. If they cannot be read, this is an error and not an empty list.
function auth_userdb_iterate()
  local names = {}
  local after = ""
  repeat
    local fields, problem = ask(function(id)
      return "LIST\t" .. id .. "\t" .. escape(after) .. "\n"
    end)
    if not fields or fields[1] ~= "LIST" then error("posternd: " .. (problem or "temporary failure"), 0) end
    for index = 3, #fields do names[#names + 1] = unescape(fields[index]) end
    after = names[#names] or ""
  until #fields < 3
  return names
end

function script_init()
  return 0
end

function script_deinit()
  close()
end
