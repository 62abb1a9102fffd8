import { createHash } from 'node:crypto';
import { VERSION_LENGTH } from '../version.ts';

/**
 * Every conditional write, as one script on the keys of one record, counter, index or log: one slot of a Cluster.
 * ARGV[1] is always the offset to the server's clock in ms (0 but in tests). Expiry is decided by comparing with
 * Redis `TIME`; the key's own expiry only collects what is dead, so it never comes before the record's.
 */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

const PRELUDE = `
local offset = tonumber(ARGV[1])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + offset
local function int(n) return string.format('%.0f', n) end
-- When the server may forget a key: not before the store's clock says it expires. Redis still has a key in the very
-- millisecond it is given, hence the 1.
local function collect(expires) return int(expires - 1 + math.max(0, -offset)) end
`;

function script(body: string): Script {
  const lua = PRELUDE + body;
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/**
 * A record is one string: version, `+` (live) or `-` (tombstone), expiry in ms or nothing, a line feed, the JSON.
 * Only the head is read here.
 */
const RECORD = `
local head = redis.call('GETRANGE', KEYS[1], 0, ${VERSION_LENGTH + 24})
local version, state, expires
if head ~= '' then
  version, state, expires = head:sub(1, ${VERSION_LENGTH}), head:sub(${VERSION_LENGTH + 1}, ${VERSION_LENGTH + 1}), head:match('^%d*', ${VERSION_LENGTH + 2})
  if expires ~= '' and tonumber(expires) <= now then version = nil end
end
local function write(newVersion, newState, newExpires, text)
  local packed = newVersion .. newState .. newExpires .. '\\n' .. text
  if newExpires == '' then redis.call('SET', KEYS[1], packed)
  else redis.call('SET', KEYS[1], packed, 'PXAT', collect(tonumber(newExpires))) end
end
`;

/** ARGV: offset, new version, JSON, condition (`absent`, `present`, `any`, `version`), that version, life (ms, `` or `keep`), wake channel or ``, topic, 1 = the wake carries the JSON. */
export const PUT = script(`${RECORD}
if version == ARGV[2] then return 1 end -- the same call, sent again after its answer was lost
if version and state == '-' then return 0 end
local condition = ARGV[4]
if condition == 'absent' and version then return 0 end
if condition == 'present' and not version then return 0 end
if condition == 'version' and version ~= ARGV[5] then return 0 end
local life = ARGV[6]
if life == 'keep' then expires = version and expires or ''
elseif life == '' then expires = ''
else expires = int(now + tonumber(life)) end
write(ARGV[2], '+', expires, ARGV[3])
if ARGV[7] ~= '' then redis.call('PUBLISH', ARGV[7], ARGV[9] == '1' and ARGV[8] .. '\\n' .. ARGV[3] or ARGV[8]) end
return 1
`);

/** KEYS: record, counter. ARGV: offset, version wanted or ``, version of the tombstone or ``, wake channel or ``, topic. */
export const DELETE = script(`${RECORD}
local counted = 0
if ARGV[2] == '' and ARGV[3] == '' then counted = redis.call('DEL', KEYS[2]) end
if not version or state == '-' then
  if counted == 1 and ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
  return counted
end
if ARGV[2] ~= '' and version ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('DEL', KEYS[1]) else write(ARGV[3], '-', expires, '') end
if ARGV[4] ~= '' then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return 1
`);

/** The sliding window of `../window.ts`. ARGV: offset, window in ms or ``, by. Answers the count and when it falls, or -1. */
export const COUNT = script(`
local window = ARGV[2] ~= '' and tonumber(ARGV[2]) or nil
local by = tonumber(ARGV[3])
local slots = {}
for last, events in (redis.call('GET', KEYS[1]) or ''):gmatch('(%d+):(%d+)') do
  last, events = tonumber(last), tonumber(events)
  if not window or last + window > now then slots[#slots + 1] = { last, events } end
end
local newest = slots[#slots]
if by > 0 then
  local width = window and math.max(1, math.floor(window / 100))
  if newest and (not window or newest[1] >= now or math.floor(newest[1] / width) == math.floor(now / width)) then
    newest[1], newest[2] = math.max(newest[1], now), newest[2] + by
  else slots[#slots + 1] = { now, by } end
end
local back = -by
while back > 0 and #slots > 0 do
  newest = slots[#slots]
  local taken = math.min(back, newest[2])
  newest[2], back = newest[2] - taken, back - taken
  if newest[2] == 0 then slots[#slots] = nil end
end
local count, text = 0, {}
for i, slot in ipairs(slots) do
  count = count + slot[2]
  text[i] = int(slot[1]) .. ':' .. int(slot[2])
end
if by ~= 0 then
  if #slots == 0 then redis.call('DEL', KEYS[1])
  elseif window then redis.call('SET', KEYS[1], table.concat(text, ' '), 'PXAT', collect(slots[#slots][1] + window))
  else redis.call('SET', KEYS[1], table.concat(text, ' ')) end
end
return { count, window and #slots > 0 and slots[1][1] + window or -1 }
`);

/** KEYS of an index: members by order, members by expiry (infinite for none). */
const PRUNE = `
local gone = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', int(now), 'LIMIT', 0, 1000)
if #gone > 0 then
  redis.call('ZREM', KEYS[1], unpack(gone))
  redis.call('ZREM', KEYS[2], unpack(gone))
end
`;

/** ARGV: offset, member, order, life in ms or ``. */
export const INDEX_ADD = script(`
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[4] == '' and '+inf' or int(now + tonumber(ARGV[4])), ARGV[2])
${PRUNE}
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
for _, key in ipairs(KEYS) do
  if last == 'inf' then redis.call('PERSIST', key)
  elseif last then redis.call('PEXPIREAT', key, collect(tonumber(last))) end
end
return 1
`);

/** ARGV: offset, member. */
export const INDEX_REMOVE = script(`
redis.call('ZREM', KEYS[1], ARGV[2])
redis.call('ZREM', KEYS[2], ARGV[2])
return 1
`);

/**
 * ARGV: offset, how many, `1` for newest first, and where to go on: order and member, or nothing. Redis sorts equal
 * orders by the bytes of the member; Lua's own `<` follows the locale, hence `less`.
 */
export const INDEX_PAGE = script(`${PRUNE}
local limit, reverse, order, cursor = tonumber(ARGV[2]), ARGV[3] == '1', ARGV[4], ARGV[5]
local function less(a, b)
  for i = 1, math.min(#a, #b) do
    local x, y = a:byte(i), b:byte(i)
    if x ~= y then return x < y end
  end
  return #a < #b
end
local rank, tied = 0, false
if cursor then
  local score = redis.call('ZSCORE', KEYS[1], cursor)
  if score and tonumber(score) == tonumber(order) then
    rank = redis.call(reverse and 'ZREVRANK' or 'ZRANK', KEYS[1], cursor) + 1
  else
    rank, tied = reverse and redis.call('ZCOUNT', KEYS[1], '(' .. order, '+inf') or redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. order), true
  end
end
local out = {}
while #out < 2 * limit do
  local chunk = redis.call(reverse and 'ZREVRANGE' or 'ZRANGE', KEYS[1], rank, rank + limit - 1, 'WITHSCORES')
  if #chunk == 0 then break end
  for i = 1, #chunk, 2 do
    local member, score = chunk[i], chunk[i + 1]
    local before = tied and tonumber(score) == tonumber(order) and (member == cursor or less(member, cursor) ~= reverse)
    local expires = redis.call('ZSCORE', KEYS[2], member)
    if not before and expires and tonumber(expires) > now and #out < 2 * limit then
      out[#out + 1] = member
      out[#out + 1] = score
    end
  end
  rank = rank + limit
end
return out
`);

/** A log is a stream whose ids are ours. ARGV: offset, event, max, life in ms. Answers the id. */
export const LOG_APPEND = script(`
local at, serial = now, 1
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if last then
  local lastAt, lastSerial = last[1]:match('^(%d+)%-(%d+)$')
  at, serial = math.max(now, tonumber(lastAt)), tonumber(lastSerial) + 1
end
local life = tonumber(ARGV[4])
local id = int(at) .. '-' .. int(serial)
redis.call('XADD', KEYS[1], 'MAXLEN', '=', ARGV[3], id, 'event', ARGV[2], 'expires', int(at + life))
redis.call('XTRIM', KEYS[1], 'MINID', '=', int(math.max(0, at - life + 1)))
redis.call('PEXPIREAT', KEYS[1], collect(at + life))
return id
`);

/** ARGV: offset, first id (as XRANGE takes it), how many. Answers id, event, id, event, … */
export const LOG_READ = script(`
local out, from, limit = {}, ARGV[2], tonumber(ARGV[3])
repeat
  local chunk = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', limit)
  for _, entry in ipairs(chunk) do
    from = '(' .. entry[1]
    local event, expires = entry[2][2], entry[2][4]
    if tonumber(expires) > now and #out < 2 * limit then
      out[#out + 1] = entry[1]
      out[#out + 1] = event
    end
  end
until #chunk < limit or #out >= 2 * limit
return out
`);
