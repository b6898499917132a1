-- Takes back reserved ids that were not used, if nobody reserved more meanwhile.
-- KEYS[1]: what every key of the context begins with. ARGV: the kind; the first unused id; the last reserved.
local sequences = KEYS[1] .. 'sequences'
if redis.call('HGET', sequences, ARGV[1]) == ARGV[3] then
  redis.call('HSET', sequences, ARGV[1], ARGV[2] - 1)
end
