// Package price turns the tokens of an answer into money, so that a tenant's
// budget can be kept. The provider's bill is the truth; this is the estimate
// that stops a tenant in time.
package price

import (
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/internal/family"
)

// Version is the day of the price list. It changes with every change of a price.
const Version = "2026-11-23"

// rate is what a million tokens cost, in millionths of a US dollar.
type rate struct{ input, cached, output int64 }

// cents makes a rate from list prices in cents for a million tokens.
func cents(input, cached, output float64) rate {
	const micros = 10_000
	return rate{int64(input * micros), int64(cached * micros), int64(output * micros)}
}

// unknown is the rate of a model that is not in the list. It is above those of
// the usual models: a budget that ends too early is noticed sooner than one that
// does not end.
var unknown = cents(1000, 1000, 6000)

// rates are the list prices for requests without discounts or surcharges, in
// cents for a million tokens of input, cached input and output.
var rates = map[string]rate{
	"parley-simulator": {}, // costs nothing

	"gpt-5.6-sol":  cents(500, 50, 3000),
	"gpt-5.5":      cents(500, 50, 3000),
	"gpt-5.5-pro":  cents(3000, 3000, 18000),
	"gpt-5.4":      cents(250, 25, 1500),
	"gpt-5.4-mini": cents(75, 7.5, 450),
	"gpt-5.4-nano": cents(20, 2, 125),
	"gpt-5.4-pro":  cents(3000, 3000, 18000),
	"gpt-5.2":      cents(175, 17.5, 1400),
	"gpt-5.2-pro":  cents(2100, 2100, 16800),
	"gpt-5.1":      cents(125, 12.5, 1000),
	"gpt-5.1-mini": cents(25, 2.5, 200),
	"gpt-5":        cents(125, 12.5, 1000),
	"gpt-5-mini":   cents(25, 2.5, 200),
	"gpt-5-nano":   cents(5, 0.5, 40),
	"gpt-5-pro":    cents(1500, 1500, 12000),

	"gpt-4.1":           cents(200, 50, 800),
	"gpt-4.1-mini":      cents(40, 10, 160),
	"gpt-4.1-nano":      cents(10, 2.5, 40),
	"gpt-4o":            cents(250, 125, 1000),
	"gpt-4o-2024-05-13": cents(500, 500, 1500),
	"gpt-4o-mini":       cents(15, 7.5, 60),
	"chatgpt-4o-latest": cents(500, 500, 1500),
	"gpt-4-turbo":       cents(1000, 1000, 3000),
	"gpt-4-32k":         cents(6000, 6000, 12000),
	"gpt-4":             cents(3000, 3000, 6000),
	"gpt-3.5-turbo":     cents(50, 50, 150),

	"o1":      cents(1500, 750, 6000),
	"o1-mini": cents(110, 55, 440),
	"o1-pro":  cents(15000, 15000, 60000),
	"o3":      cents(200, 50, 800),
	"o3-mini": cents(110, 55, 440),
	"o3-pro":  cents(2000, 2000, 8000),
	"o4-mini": cents(110, 27.5, 440),

	"text-embedding-3-small": cents(2, 2, 0),
	"text-embedding-3-large": cents(13, 13, 0),
}

// Micros is what an answer cost, in millionths of a US dollar, rounded up.
func Micros(model string, usage llm.Usage) int64 {
	found, ok := family.Find(rates, model)
	if !ok {
		found = unknown
	}
	cached := min(max(usage.CachedTokens, 0), usage.InputTokens)
	const million = 1_000_000
	total := (usage.InputTokens-cached)*found.input + cached*found.cached + usage.OutputTokens*found.output
	return (total + million - 1) / million
}

// Listed reports whether the model has a price of its own in the list.
func Listed(model string) bool {
	_, ok := family.Find(rates, model)
	return ok
}
