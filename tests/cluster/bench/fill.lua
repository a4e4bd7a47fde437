for i = ARGV[1], ARGV[2] do
  local key = 'key:' .. i
  if pcall(redis.call, 'exists', key) then
    local words = {}
    for j = 1, ARGV[3] / 40 + 1 do words[j] = redis.sha1hex(i .. '.' .. j) end
    redis.call('set', key, string.sub(table.concat(words), 1, ARGV[3]))
  end
end
