-- Decides on units of work and writes those that stand; nothing else runs meanwhile.
--
-- KEYS[1]: what every key of the context begins with.
-- ARGV: the callers' number; for each caller the number of its units; for each unit
--   at, how many marks, how many records, how many events, the letter revived or "", the letter buried or "",
--   each mark: consumer, message; each record: kind, key, id, version, owner or "", wake_at or "", state;
--   each event: headers, body; of the letter buried: what is told of it, its body.
-- Returns for each unit what became of it.

local COMMITTED, CONFLICT, DUPLICATE = 0, 1, 2
local base = KEYS[1]
local place = 0

local function take()
  place = place + 1
  return ARGV[place]
end

local function key_of(...)
  return base .. table.concat({...}, ':')
end

-- What is stored, or what the unit at hand makes of it: id and version of a record, the key that has an id.
local records, holders

local function record_at(kind, key)
  local known = records[kind .. ':' .. key]
  if known == nil then
    local found = redis.call('HMGET', key_of('record', kind, key), 'id', 'version', 'owner')
    known = {kind = kind, key = key, old = found[1], old_owner = found[3], id = found[1], version = tonumber(found[2])}
    records[kind .. ':' .. key] = known
  end
  return known
end

local function holder_of(kind, id)
  local known = holders[kind .. ':' .. id]
  if known == nil then
    known = redis.call('HGET', key_of('ids', kind), id)
    holders[kind .. ':' .. id] = known
  end
  return known
end

local function is_fresh(unit)
  local seen = {}
  for _, mark in ipairs(unit.marks) do
    local name = #mark.consumer .. ':' .. mark.consumer .. mark.message
    if seen[name] or redis.call('ZSCORE', key_of('inbox', mark.consumer), mark.message) then
      return false
    end
    seen[name] = true
  end
  return unit.revives == '' or redis.call('HEXISTS', key_of('letters'), unit.revives) == 1
end

local function follows(unit, unsaved)
  records, holders = {}, {}
  for _, saved in ipairs(unit.saves) do
    local stored = record_at(saved.kind, saved.key)
    local version = stored.version or 0
    local holder = holder_of(saved.kind, saved.id)
    if tonumber(saved.version) ~= version + 1 or unsaved[saved.kind .. ':' .. saved.key] then
      return false
    end
    if holder and holder ~= saved.key then
      return false
    end
    if stored.id then
      holders[saved.kind .. ':' .. stored.id] = false
    end
    holders[saved.kind .. ':' .. saved.id] = saved.key
    stored.id, stored.version, stored.saved = saved.id, version + 1, saved
  end
  return true
end

local function write_records()
  -- Ids may change hands, so all the old ones make room first.
  for _, record in pairs(records) do
    if record.old and record.old ~= record.id then
      redis.call('HDEL', key_of('ids', record.kind), record.old)
    end
  end
  for _, record in pairs(records) do
    local kind, key, saved = record.kind, record.key, record.saved
    redis.call('HSET', key_of('record', kind, key), 'id', saved.id, 'version', saved.version, 'owner', saved.owner,
      'wake_at', saved.wake_at, 'state', saved.state)
    redis.call('HSET', key_of('ids', kind), saved.id, key)
    redis.call('ZADD', key_of('keys', kind), key, key)
    if record.old_owner and record.old_owner ~= '' and record.old_owner ~= saved.owner then
      redis.call('ZREM', key_of('owned', kind, record.old_owner), key)
    end
    if saved.owner ~= '' then
      redis.call('ZADD', key_of('owned', kind, saved.owner), key, key)
    end
    if saved.wake_at == '' then
      redis.call('ZREM', key_of('wakes', kind), key)
    else
      redis.call('ZADD', key_of('wakes', kind), saved.wake_at, key)
    end
  end
end

local function write(unit)
  write_records()
  for _, event in ipairs(unit.events) do
    local position = redis.call('INCR', key_of('position'))
    redis.call('HSET', key_of('headers'), position, event.headers)
    redis.call('HSET', key_of('bodies'), position, event.body)
    redis.call('ZADD', key_of('log'), position, position)
    redis.call('ZADD', key_of('unsent'), position, position)
  end
  for _, mark in ipairs(unit.marks) do
    redis.call('SADD', key_of('consumers'), mark.consumer)
    redis.call('ZADD', key_of('inbox', mark.consumer), unit.at, mark.message)
  end
  if unit.revives ~= '' then
    redis.call('HDEL', key_of('letters'), unit.revives)
    redis.call('HDEL', key_of('letter_bodies'), unit.revives)
  end
  if unit.buries ~= '' then
    redis.call('HSET', key_of('letters'), unit.buries, unit.letter)
    redis.call('HSET', key_of('letter_bodies'), unit.buries, unit.letter_body)
  end
end

local function take_unit()
  local unit = {at = take()}
  local marks, saves, events = tonumber(take()), tonumber(take()), tonumber(take())
  unit.revives, unit.buries, unit.marks, unit.saves, unit.events = take(), take(), {}, {}, {}
  for number = 1, marks do
    unit.marks[number] = {consumer = take(), message = take()}
  end
  for number = 1, saves do
    unit.saves[number] = {kind = take(), key = take(), id = take(), version = take(), owner = take(),
      wake_at = take(), state = take()}
  end
  for number = 1, events do
    unit.events[number] = {headers = take(), body = take()}
  end
  if unit.buries ~= '' then
    unit.letter, unit.letter_body = take(), take()
  end
  return unit
end

local outcomes = {}
for _ = 1, tonumber(take()) do
  local unsaved = {}
  for _ = 1, tonumber(take()) do
    local unit = take_unit()
    local outcome = COMMITTED
    if not is_fresh(unit) then
      outcome = DUPLICATE
    elseif not follows(unit, unsaved) then
      outcome = CONFLICT
    end
    if outcome == COMMITTED then
      write(unit)
    else
      for _, saved in ipairs(unit.saves) do
        unsaved[saved.kind .. ':' .. saved.key] = true
      end
    end
    outcomes[#outcomes + 1] = outcome
  end
end
return outcomes
