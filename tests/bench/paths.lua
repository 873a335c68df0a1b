-- wrk asks for each line of a file in turn, with the ETag that may follow its address: wrk -s paths.lua http://host -- file
local paths, tags, turn = {}, {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    paths[#paths + 1], tags[#paths + 1] = line:match("^(%S+) ?(.*)$")
  end
end

function request()
  turn = turn % #paths + 1
  wrk.headers["If-None-Match"] = tags[turn] ~= "" and tags[turn] or nil
  return wrk.format("GET", paths[turn])
end
