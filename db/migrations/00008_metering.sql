-- Why: a call to a model that a crash cuts short must not be invisible. Each call
-- is written down before it is made, as unknown, and becomes reported with the
-- provider's own numbers. From then on the row is final.
-- +goose Up
-- Known when the call is settled, not when it is opened.
ALTER TABLE usage ALTER model SET DEFAULT '';
-- The day of the price list that the cost was reckoned with.
ALTER TABLE usage ADD price_version text NOT NULL DEFAULT '';
-- Tokens are only ever what a provider has said. The cost of an unknown call is
-- our estimate, so that a budget cannot be got round by stopping each answer.
ALTER TABLE usage ADD CONSTRAINT usage_tokens_are_reported CHECK (
    source = 'reported' OR (input_tokens = 0 AND cached_tokens = 0 AND output_tokens = 0 AND reasoning_tokens = 0));

GRANT UPDATE (model, input_tokens, cached_tokens, output_tokens, reasoning_tokens, cost_micros, price_version, source, response_id)
    ON usage TO parley_app;

-- +goose StatementBegin
CREATE FUNCTION usage_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a provider has reported is never changed' USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER usage_final BEFORE UPDATE ON usage FOR EACH ROW WHEN (OLD.source = 'reported') EXECUTE FUNCTION usage_is_final();
