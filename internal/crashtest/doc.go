// Package crashtest kills, pauses and cuts off the real processes of Parley in
// the middle of their work, and looks from outside, as a visitor, whether an
// answer was lost, repeated or made up. It has nothing but tests.
package crashtest
