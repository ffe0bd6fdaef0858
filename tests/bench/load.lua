-- Notifications as Microsoft Graph sends them, every one unique. Arguments: how many in a POST, a name for this run.

local head = '{"value":['
local tail = ']}'
local item = '{"id":"%s-%d","subscriptionId":"7f105c7d-2dc5-4530-97cd-4e7ae6534c07",' ..
  '"subscriptionExpirationDateTime":"2026-12-01T11:00:00.0000000Z","clientState":"bench",' ..
  '"changeType":"updated","resource":"Users/8f1c7a52-0c55-4f4c-9a2e-%012d/Events/AAMkAGI-%s-%d",' ..
  '"tenantId":"84bd8158-6d4d-4958-8b9f-9d6445542f95",' ..
  '"resourceData":{"@odata.type":"#Microsoft.Graph.Event","@odata.id":"Users/8f1c7a52/Events/AAMkAGI-%s-%d",' ..
  '"@odata.etag":"W/\\"%s-%d\\"","id":"AAMkAGI-%s-%d"}}'
local count, run, sent = 1, "run", 0

function init(args)
  count, run = tonumber(args[1]), args[2]
end

function request()
  local items = {}
  for n = 1, count do
    sent = sent + 1
    items[n] = item:format(run, sent, sent % 500, run, sent, run, sent, run, sent, run, sent)
  end
  return wrk.format("POST", nil, {["Content-Type"] = "application/json"}, head .. table.concat(items, ",") .. tail)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.stderr:write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, "errors": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    latency.max / 1e3, errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
