-- Notes how far a member is with its partitions, but for those that are not its own (any more).
-- KEYS: the hash of the partitions' owners, "member:epoch" each; the hash of the offsets done.
-- ARGV: by partition three words: its number, the owner it has to have, the offset after the last message done.
for word = 1, #ARGV, 3 do
  local partition, owner, done = ARGV[word], ARGV[word + 1], tonumber(ARGV[word + 2])
  if redis.call('HGET', KEYS[1], partition) == owner
      and tonumber(redis.call('HGET', KEYS[2], partition) or '0') < done then
    redis.call('HSET', KEYS[2], partition, ARGV[word + 2])
  end
end
