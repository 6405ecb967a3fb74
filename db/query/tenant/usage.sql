-- UsageAppend records one model call and adds it to the month. Repeating it for
-- the same call, as a retried activity does, changes nothing.
--
-- The month is counted in shards, since all turns of a tenant meet there. Every
-- statement of a connection takes the same one, so that two transactions cannot
-- hold a shard each and wait for the other's; and this comes last in its
-- transaction, so that none is held for long.
-- name: UsageAppend :exec
WITH recorded AS (
    INSERT INTO usage (id, turn_id, step, attempt, purpose, model, input_tokens, cached_tokens, output_tokens,
                       reasoning_tokens, cost_micros, source, response_id)
    VALUES (@id, @turn_id, @step, @attempt, @purpose, @model, @input_tokens, @cached_tokens, @output_tokens,
            @reasoning_tokens, @cost_micros, @source, @response_id)
    ON CONFLICT (tenant_id, turn_id, step, attempt, purpose) DO NOTHING
    RETURNING cost_micros
)
INSERT INTO usage_months (month, shard, cost_micros)
SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date, (pg_backend_pid() % 16)::smallint, recorded.cost_micros
  FROM recorded
ON CONFLICT (tenant_id, month, shard) DO UPDATE SET cost_micros = usage_months.cost_micros + excluded.cost_micros;

-- UsageMonthGet sums up the current month (UTC).
-- name: UsageMonthGet :one
SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date AS month,
       coalesce(sum(cost_micros), 0)::bigint AS cost_micros, coalesce(sum(turns), 0)::bigint AS turns
  FROM usage_months
 WHERE tenant_id = app_tenant() AND month = date_trunc('month', now() AT TIME ZONE 'UTC')::date;

-- UsageByTurn sums up what a turn has used so far.
-- name: UsageByTurn :one
SELECT coalesce(sum(input_tokens), 0)::bigint AS input_tokens, coalesce(sum(cached_tokens), 0)::bigint AS cached_tokens,
       coalesce(sum(output_tokens), 0)::bigint AS output_tokens,
       coalesce(sum(reasoning_tokens), 0)::bigint AS reasoning_tokens, coalesce(sum(cost_micros), 0)::bigint AS cost_micros
  FROM usage
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id;
