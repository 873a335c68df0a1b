-- wrk asks for each line of a file in turn, with the ETag that follows the address: wrk -s paths.lua http://host -- file
local requests, turn = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, tag = line:match("^(%S+) ?(.*)$")
    requests[#requests + 1] = wrk.format("GET", path, tag ~= "" and { Host = wrk.headers["Host"], ["If-None-Match"] = tag } or nil)
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
