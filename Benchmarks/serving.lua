-- For wrk: posts the recordings named after `--` in turn, and prints a line of JSON at the end.
local bodies, number = {}, 0

function init(arguments)
  for _, path in ipairs(arguments) do
    local file = assert(io.open(path, "rb"))
    bodies[#bodies + 1] = wrk.format("POST", "/v1/classify", nil, file:read("*a"))
    file:close()
  end
end

function request()
  number = number % #bodies + 1
  return bodies[number]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "errors": %d}\n', summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
