-- wrk asks for each line of a file in turn: wrk -s paths.lua http://host -- file
local paths, turn = {}, 0

function init(arguments)
  for path in io.lines(arguments[1]) do
    paths[#paths + 1] = path
  end
end

function request()
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn])
end
