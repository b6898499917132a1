-- Removes a slice of the events sent, and of the marks made, before a time; returns how many there were of each.
-- KEYS[1]: what every key of the context begins with. ARGV: the time; how many at most.
local base, before, slice = KEYS[1], ARGV[1], tonumber(ARGV[2])

local positions = redis.call('ZRANGEBYSCORE', base .. 'sent', '-inf', '(' .. before, 'LIMIT', 0, slice)
for _, position in ipairs(positions) do
  redis.call('ZREM', base .. 'sent', position)
  redis.call('ZREM', base .. 'log', position)
  redis.call('HDEL', base .. 'headers', position)
  redis.call('HDEL', base .. 'bodies', position)
end
if #positions > 0 then
  local noted = redis.call('GET', base .. 'purged_before')
  if not noted or tonumber(noted) < tonumber(before) then
    redis.call('SET', base .. 'purged_before', before)
  end
end

local marks = 0
for _, consumer in ipairs(redis.call('SMEMBERS', base .. 'consumers')) do
  local inbox = base .. 'inbox:' .. consumer
  local stale = redis.call('ZRANGEBYSCORE', inbox, '-inf', '(' .. before, 'LIMIT', 0, slice - marks)
  for _, message in ipairs(stale) do
    redis.call('ZREM', inbox, message)
  end
  marks = marks + #stale
  if marks >= slice then
    break
  end
end
return {#positions, marks}
