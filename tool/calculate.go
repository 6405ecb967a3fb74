package tool

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

const (
	maxExpression = 1000 // bytes
	maxPower      = 1_000_000
	maxRounding   = 20 // decimals that one can ask for
)

// arithmetic is decimal, as people's is. It carries more digits than a result
// shows, so that 1/3*3 is 1, and bounds them, so that nothing becomes slow. Its
// numbers are no larger than those of JavaScript, which may show them.
var arithmetic = apd.Context{
	Precision: 50, MaxExponent: 300, MinExponent: -300, Rounding: apd.RoundHalfUp,
	Traps: apd.DefaultTraps &^ (apd.Underflow | apd.Subnormal),
}

// shown is what a result is rounded to: the digits of IEEE's decimal128.
var shown = arithmetic.WithPrecision(34)

var errNoExpression = errors.New("that is not an expression: it may have numbers, + - * / % ^ ( ) and functions")

// calculate gives the value of an expression as a decimal number.
func calculate(expression string) (string, error) {
	if len(expression) > maxExpression {
		return "", fmt.Errorf("the expression is longer than %d characters", maxExpression)
	}
	c := calculation{rest: otherSigns.Replace(expression), math: apd.MakeErrDecimal(&arithmetic)}
	value := c.sum()
	if c.next() != 0 {
		c.fail(errNoExpression)
	}
	if c.err != nil {
		return "", c.err
	}
	if _, err := shown.Round(value, value); err != nil {
		return "", errTooLarge
	}
	switch value.Reduce(value); {
	case value.Form != apd.Finite:
		return "", errNoNumber
	case value.IsZero():
		return "0", nil // never -0
	case value.Exponent > int32(shown.Precision) || value.Exponent < -2*int32(shown.Precision):
		return value.Text('E'), nil
	default:
		return value.Text('f'), nil
	}
}

// otherSigns are what some models write.
var otherSigns = strings.NewReplacer("**", "^", "×", "*", "·", "*", "÷", "/", "−", "-")

// calculation reads an expression from the left and calculates as it goes. It
// recurses no deeper than the expression is long.
type calculation struct {
	rest string
	math apd.ErrDecimal
	err  error // the first
}

func (c *calculation) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

var (
	errTooLarge = errors.New("the numbers become too large")
	errByZero   = errors.New("that divides by zero")
	errNoNumber = errors.New("that has no value among the real numbers")
)

// do runs one operation and puts what may be wrong with it into words.
func (c *calculation) do(operation func(result *apd.Decimal) *apd.Decimal) *apd.Decimal {
	result := new(apd.Decimal)
	if c.err != nil {
		return result
	}
	operation(result)
	switch flags := c.math.Flags; {
	case c.math.Err() == nil:
	case flags&(apd.DivisionByZero|apd.DivisionUndefined) != 0:
		c.fail(errByZero)
	case flags&apd.InvalidOperation != 0:
		c.fail(errNoNumber)
	default:
		c.fail(errTooLarge)
	}
	return result
}

// next is the next byte that is not a space, 0 at the end.
func (c *calculation) next() byte {
	if c.rest = strings.TrimLeft(c.rest, " \t\r\n"); c.rest == "" {
		return 0
	}
	return c.rest[0]
}

// take reads the byte if it comes next.
func (c *calculation) take(b byte) bool {
	if c.err != nil || c.next() != b {
		return false
	}
	c.rest = c.rest[1:]
	return true
}

func (c *calculation) sum() *apd.Decimal {
	for x := c.product(); ; {
		switch left := x; {
		case c.take('+'):
			y := c.product()
			x = c.do(func(d *apd.Decimal) *apd.Decimal { return c.math.Add(d, left, y) })
		case c.take('-'):
			y := c.product()
			x = c.do(func(d *apd.Decimal) *apd.Decimal { return c.math.Sub(d, left, y) })
		default:
			return x
		}
	}
}

func (c *calculation) product() *apd.Decimal {
	for x := c.signed(); ; {
		switch left := x; {
		case c.take('*'):
			y := c.signed()
			x = c.do(func(d *apd.Decimal) *apd.Decimal { return c.math.Mul(d, left, y) })
		case c.take('/'):
			y := c.signed()
			x = c.do(func(d *apd.Decimal) *apd.Decimal { return c.math.Quo(d, left, y) })
		case c.take('%'):
			y := c.signed()
			x = c.do(func(d *apd.Decimal) *apd.Decimal { return c.math.Rem(d, left, y) })
		default:
			return x
		}
	}
}

func (c *calculation) signed() *apd.Decimal {
	switch {
	case c.take('+'):
		return c.signed()
	case c.take('-'):
		x := c.signed()
		return c.do(func(d *apd.Decimal) *apd.Decimal { return c.math.Neg(d, x) })
	default:
		return c.raised()
	}
}

// raised binds to the right, and closer than a sign before it: -2^2 is -4.
func (c *calculation) raised() *apd.Decimal {
	x := c.term()
	if !c.take('^') {
		return x
	}
	return c.power(x, c.signed())
}

func (c *calculation) power(x, y *apd.Decimal) *apd.Decimal {
	switch {
	case x.IsZero() && y.Sign() < 0:
		c.fail(errByZero)
	case x.IsZero() && y.IsZero():
		return apd.New(1, 0) // as in every programming language
	case new(apd.Decimal).Abs(y).Cmp(apd.New(maxPower, 0)) > 0:
		c.fail(errTooLarge)
	}
	return c.do(func(d *apd.Decimal) *apd.Decimal { return c.math.Pow(d, x, y) })
}

func (c *calculation) term() *apd.Decimal {
	if c.take('(') {
		x := c.sum()
		if !c.take(')') {
			c.fail(errNoExpression)
		}
		return x
	}
	c.next()
	if call := functionBegins.FindStringSubmatch(c.rest); call != nil {
		c.rest = c.rest[len(call[0]):]
		return c.function(call[1])
	}
	return c.number()
}

var (
	functionBegins = regexp.MustCompile(`^([a-z]+[0-9]*)\s*\(`)
	numberBegins   = regexp.MustCompile(`^([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?`)
)

func (c *calculation) number() *apd.Decimal {
	text := numberBegins.FindString(c.rest)
	if text == "" {
		c.fail(errNoExpression)
	}
	c.rest = c.rest[len(text):]
	return c.do(func(d *apd.Decimal) *apd.Decimal {
		if _, _, err := arithmetic.SetString(d, text); err != nil {
			c.fail(errTooLarge)
		}
		return d
	})
}

func (c *calculation) function(name string) *apd.Decimal {
	given := []*apd.Decimal{c.sum()}
	for c.take(',') {
		given = append(given, c.sum())
	}
	if !c.take(')') {
		c.fail(errNoExpression)
	}
	one := map[string]func(d, x *apd.Decimal) *apd.Decimal{
		"abs": c.math.Abs, "ceil": c.math.Ceil, "exp": c.math.Exp, "floor": c.math.Floor,
		"ln": c.math.Ln, "log10": c.math.Log10, "sqrt": c.math.Sqrt,
	}[name]
	switch {
	case one != nil && len(given) == 1:
		return c.do(func(d *apd.Decimal) *apd.Decimal { return one(d, given[0]) })
	case name == "min" || name == "max":
		return extreme(name, given)
	case name == "pow" && len(given) == 2:
		return c.power(given[0], given[1])
	case name == "round" && len(given) <= 2:
		return c.round(given)
	default:
		c.fail(fmt.Errorf("there is no function %s of %d arguments", name, len(given)))
		return given[0]
	}
}

func extreme(name string, values []*apd.Decimal) *apd.Decimal {
	best := values[0]
	for _, value := range values[1:] {
		if (value.Cmp(best) > 0) == (name == "max") {
			best = value
		}
	}
	return best
}

// round rounds half away from zero, to a number of decimals if one is given.
func (c *calculation) round(given []*apd.Decimal) *apd.Decimal {
	decimals := int64(0)
	if len(given) == 2 {
		var err error
		if decimals, err = given[1].Int64(); err != nil || decimals < -maxRounding || decimals > maxRounding {
			c.fail(fmt.Errorf("the second argument of round is a whole number from %d to %d", -maxRounding, maxRounding))
			return given[0]
		}
	}
	if -int64(given[0].Exponent) <= decimals {
		return given[0] // it has no more decimals than that
	}
	return c.do(func(d *apd.Decimal) *apd.Decimal { return c.math.Quantize(d, given[0], int32(-decimals)) })
}
