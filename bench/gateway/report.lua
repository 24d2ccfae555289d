-- What wrk sends and prints for the bench: the request comes from BENCH_METHOD and BENCH_BODY, the outcome is one line of
-- JSON. (wrk is scripted in Lua; bench/gateway/load.mjs calls it.)

wrk.method = os.getenv("BENCH_METHOD") or "GET"
wrk.body = os.getenv("BENCH_BODY")

function done(summary, latency)
  local e = summary.errors
  local failed = e.connect + e.read + e.write + e.status + e.timeout
  io.write(string.format(
    '{"requests":%d,"micros":%d,"bytes":%d,"failed":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, summary.bytes, failed, latency:percentile(50), latency:percentile(99)))
end
