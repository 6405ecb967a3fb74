-- UsageOpen writes a call to a model down before it is made, so that it shows
-- whatever becomes of it. An attempt that is opened twice is one call: a step
-- whose claim was lost with its node begins on another, as the same attempt. No
-- row: a later attempt has asked already. An earlier one may begin after it, in a
-- process that was frozen.
-- name: UsageOpen :one
INSERT INTO usage (id, turn_id, step, attempt, purpose, source)
SELECT @id, @turn_id, @step, @attempt, @purpose, 'unknown'
 WHERE NOT EXISTS (
       SELECT FROM usage later
        WHERE later.tenant_id = app_tenant() AND later.turn_id = @turn_id AND later.step = @step
          AND later.purpose = @purpose AND later.attempt > @attempt)
ON CONFLICT (tenant_id, turn_id, step, attempt, purpose) DO UPDATE SET model = usage.model
RETURNING id;

-- UsageResumed finds the call whose answer a step goes on with: the newest one,
-- unless an older one is known to have that answer.
-- name: UsageResumed :one
SELECT id, attempt, model FROM usage
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id AND step = @step AND purpose = 'answer'
 ORDER BY response_id <> '' AND response_id = @response_id DESC, attempt DESC
 LIMIT 1;

-- UsageReopen gives one answer up and opens the call for another. No row: the
-- turn has another writer, and nobody may ask on its behalf, or a later attempt
-- has asked already.
-- name: UsageReopen :one
WITH owned AS (
    SELECT t.id FROM turns t
     WHERE t.tenant_id = app_tenant() AND t.id = @turn_id AND t.writer_epoch = @epoch AND t.status = 'running'
       AND NOT EXISTS (
           SELECT FROM usage later
            WHERE later.tenant_id = app_tenant() AND later.turn_id = t.id AND later.step = @step
              AND later.purpose = 'answer' AND later.attempt > @attempt)
       FOR NO KEY UPDATE OF t
), given_up AS (
    UPDATE usage SET response_id = @response_id
      FROM owned
     WHERE usage.tenant_id = app_tenant() AND usage.id = @given_up AND usage.turn_id = owned.id AND usage.source = 'unknown'
)
INSERT INTO usage (id, turn_id, step, attempt, purpose, source)
SELECT @id, owned.id, @step, @attempt, 'answer', 'unknown' FROM owned
ON CONFLICT (tenant_id, turn_id, step, attempt, purpose) DO UPDATE SET model = usage.model
RETURNING id;

-- UsageModel notes which model is about to be asked, where it is not the first of the
-- agent's: whoever goes on with the answer has to know.
-- name: UsageModel :exec
UPDATE usage SET model = @model
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id AND step = @step AND attempt = @attempt AND purpose = 'answer'
   AND source = 'unknown';

-- UsageSettle closes the books on a call, with what the provider has reported or
-- with what we take it to have cost, and adds it to the month. Repeating it, as a
-- retried activity does, changes nothing. A call that nobody has opened is
-- settled all the same: a report is never lost.
--
-- The month is counted in shards, since all turns of a tenant meet there. Every
-- statement of a connection takes the same one, so that two transactions cannot
-- hold a shard each and wait for the other's; and this comes last in its
-- transaction, so that none is held for long.
-- name: UsageSettle :exec
WITH before AS (
    SELECT coalesce(sum(b.cost_micros), 0)::bigint AS cost_micros FROM usage b
     WHERE b.tenant_id = app_tenant() AND b.turn_id = @turn_id AND b.step = @step AND b.attempt = @attempt
       AND b.purpose = @purpose
), settled AS (
    INSERT INTO usage (id, turn_id, step, attempt, purpose, model, input_tokens, cached_tokens, output_tokens,
                       reasoning_tokens, cost_micros, price_version, source, response_id, prompt_hash)
    VALUES (@id, @turn_id, @step, @attempt, @purpose, @model, @input_tokens, @cached_tokens, @output_tokens,
            @reasoning_tokens, @cost_micros, @price_version, @source, @response_id, @prompt_hash)
    ON CONFLICT (tenant_id, turn_id, step, attempt, purpose) DO UPDATE
       SET model = excluded.model, input_tokens = excluded.input_tokens, cached_tokens = excluded.cached_tokens,
           output_tokens = excluded.output_tokens, reasoning_tokens = excluded.reasoning_tokens,
           cost_micros = excluded.cost_micros, price_version = excluded.price_version,
           source = excluded.source, response_id = excluded.response_id, prompt_hash = excluded.prompt_hash
     WHERE usage.source = 'unknown'
    RETURNING cost_micros
)
INSERT INTO usage_months (month, shard, cost_micros)
SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date, (pg_backend_pid() % 16)::smallint,
       settled.cost_micros - before.cost_micros
  FROM settled, before
ON CONFLICT (tenant_id, month, shard) DO UPDATE SET cost_micros = usage_months.cost_micros + excluded.cost_micros;

-- UsageSpent is what a turn has cost so far, and its step of that number.
-- name: UsageSpent :one
SELECT coalesce(sum(cost_micros), 0)::bigint AS all_steps,
       coalesce(sum(cost_micros) FILTER (WHERE step = @step), 0)::bigint AS of_step
  FROM usage
 WHERE tenant_id = app_tenant() AND turn_id = @turn_id;

-- UsageMonthGet sums up the current month (UTC).
-- name: UsageMonthGet :one
SELECT date_trunc('month', now() AT TIME ZONE 'UTC')::date AS month,
       coalesce(sum(cost_micros), 0)::bigint AS cost_micros, coalesce(sum(turns), 0)::bigint AS turns
  FROM usage_months
 WHERE tenant_id = app_tenant() AND month = date_trunc('month', now() AT TIME ZONE 'UTC')::date;

-- UsageByTurn gives every call to a model that a turn has made, or was about
-- to make, in their order.
-- name: UsageByTurn :many
SELECT * FROM usage WHERE tenant_id = app_tenant() AND turn_id = @turn_id ORDER BY step, purpose, attempt;
