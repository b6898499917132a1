-- Removes all rows of a view together with its consumer's marks.
-- KEYS[1]: what every key of the context begins with. ARGV: the kind; the consumer.
local base, kind, consumer = KEYS[1], ARGV[1], ARGV[2]
for _, key in ipairs(redis.call('ZRANGE', base .. 'keys:' .. kind, 0, -1)) do
  local record = base .. 'record:' .. kind .. ':' .. key
  local owner = redis.call('HGET', record, 'owner')
  if owner and owner ~= '' then
    redis.call('UNLINK', base .. 'owned:' .. kind .. ':' .. owner)
  end
  redis.call('UNLINK', record)
end
for _, name in ipairs({'keys', 'ids', 'wakes'}) do
  redis.call('UNLINK', base .. name .. ':' .. kind)
end
redis.call('UNLINK', base .. 'inbox:' .. consumer)
redis.call('SREM', base .. 'consumers', consumer)
