-- SPDX-License-Identifier: Apache-2.0
-- Creates the accounts that a file lists, one "USER PASSWORD" a line, when its host is loaded, and
-- removes the file: passwords then stand in no command line, and in no file of the server in clear
-- for longer than its start. An account that exists keeps its password.
--
--     VirtualHost "cloud1.example"
--         intercloud_accounts_file = "/path/readable/only/by/the/server"

local usermanager = require "core.usermanager";

local path = module:get_option_string("intercloud_accounts_file");

local function create(user, password)
	if usermanager.user_exists(user, module.host) then
		return;
	end
	local ok, err = usermanager.create_user(user, password, module.host);
	if ok then
		module:log("info", "Created account %s@%s", user, module.host);
	else
		module:log("error", "Cannot create account %s@%s: %s", user, module.host, err);
	end
end

local file = path and io.open(path, "r");
if file then -- no file: it was read and removed at an earlier start
	for line in file:lines() do
		local user, password = line:match("^(%S+) (.+)$");
		if user then
			create(user, password);
		else
			module:log("error", "%s: expected lines of the form USER PASSWORD", path);
		end
	end
	file:close();
	os.remove(path);
end
