-- Marks events as sent that were not before.
-- KEYS[1]: what every key of the context begins with. ARGV: when; each position.
local base = KEYS[1]
for number = 2, #ARGV do
  if redis.call('ZREM', base .. 'unsent', ARGV[number]) == 1 then
    redis.call('ZADD', base .. 'sent', ARGV[1], ARGV[number])
  end
end
