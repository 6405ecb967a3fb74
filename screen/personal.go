package screen

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/parley-chat/parley/chat"
)

// Redact replaces personal data of the kinds by what it was, like "[email removed]".
func Redact(text string, kinds []chat.RedactKind) string {
	found := find(text, kinds)
	if len(found) == 0 {
		return text
	}
	var clean strings.Builder
	at := 0
	for _, s := range found {
		clean.WriteString(text[at:s.from])
		clean.WriteString("[" + s.name + " removed]")
		at = s.to
	}
	clean.WriteString(text[at:])
	return clean.String()
}

// span is a piece of personal data, in bytes.
type span struct {
	from, to int
	name     string
}

// detectors are tried in this order: what one has found is no other's.
var detectors = []struct {
	kind  chat.RedactKind
	name  string
	form  *regexp.Regexp
	check func(match string) (length int) // how much of it is personal data; 0: nothing
}{
	{chat.RedactEmail, "email", regexp.MustCompile(`[A-Za-z0-9._%+'-]*[A-Za-z0-9_%+-]@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}`), all},
	{chat.RedactIBAN, "IBAN", regexp.MustCompile(`[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}`), iban},
	{chat.RedactCard, "card number", regexp.MustCompile(`[2-6]\d{3}(?:[ -]?\d){9,15}`), card},
	{chat.RedactPhone, "phone number", regexp.MustCompile(`(?:\+|\(?0)[\d(](?:[ ./()-]{0,3}\d){6,16}|\(\d{3}\)[ .-]?\d{3}[ .-]?\d{4}|\d{3}[ .-]\d{3}[ .-]\d{4}`), phone},
}

func find(text string, kinds []chat.RedactKind) []span {
	if len(kinds) == 0 {
		return nil
	}
	plain, at := plainly(text)
	var found []span
	for _, d := range detectors {
		if !slices.Contains(kinds, d.kind) {
			continue
		}
		for from := 0; from < len(plain); {
			match := d.form.FindStringIndex(plain[from:])
			if match == nil {
				break
			}
			begin, end := from+match[0], from+match[1]
			if end = begin + d.check(plain[begin:end]); end == begin || d.kind != chat.RedactEmail && !standsFree(plain, begin, end) {
				from = begin + 1
				continue
			}
			from = end
			if s := (span{at[begin], at[end], d.name}); !slices.ContainsFunc(found, s.meets) {
				found = append(found, s)
			}
		}
	}
	slices.SortFunc(found, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return found
}

func (s span) meets(other span) bool { return s.from < other.to && other.from < s.to }

// plainly writes a text in ASCII, one byte a character, and tells where each of them
// stands: digits of any script are digits, and letters of any script are letters.
func plainly(text string) (plain string, at []int) {
	ascii := make([]byte, 0, len(text))
	at = make([]int, 0, len(text)+1)
	for i, r := range text {
		at = append(at, i)
		ascii = append(ascii, plainOf(r))
	}
	return string(ascii), append(at, len(text))
}

func plainOf(r rune) byte {
	if r < unicode.MaxASCII {
		return byte(r)
	}
	if narrow := width.LookupRune(r).Narrow(); narrow != 0 && narrow < unicode.MaxASCII {
		return byte(narrow)
	}
	switch {
	case unicode.IsDigit(r):
		return '0' + byte(digitOf(r))
	case unicode.IsLetter(r):
		return 'x'
	case unicode.Is(unicode.Zs, r):
		return ' '
	case unicode.Is(unicode.Pd, r):
		return '-'
	default:
		return 0
	}
}

// digitOf counts from the script's zero: Unicode has ten digits in a row.
func digitOf(r rune) int {
	for value := range 10 {
		if !unicode.IsDigit(r - rune(value) - 1) {
			return value
		}
	}
	return int(r-'0') % 10 // two scripts' digits side by side, as there are some for mathematics
}

// standsFree reports whether a number is not a part of something longer.
func standsFree(plain string, from, to int) bool {
	return (from == 0 || !isWordy(plain[from-1])) && (to == len(plain) || !isWordy(plain[to]))
}

func isWordy(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
}

func all(match string) int { return len(match) }

// ibanLengths are those of the countries that have IBANs.
var ibanLengths = lengths(`AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18
DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30
KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28
PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30`)

func lengths(list string) map[string]int {
	of := map[string]int{}
	for entry := range strings.FieldsSeq(list) {
		of[entry[:2]] = int(entry[2]-'0')*10 + int(entry[3]-'0')
	}
	return of
}

// iban goes as far as the country's numbers are long, and reckons its check digits.
func iban(match string) int {
	wanted := ibanLengths[strings.ToUpper(match[:2])]
	var number strings.Builder
	for i := range len(match) {
		if match[i] == ' ' || match[i] == '-' {
			continue
		}
		number.WriteByte(match[i])
		if number.Len() == wanted && remainder(strings.ToUpper(number.String())) == 1 {
			return i + 1
		}
	}
	return 0
}

// remainder is an IBAN modulo 97, its first four characters put last.
func remainder(number string) int {
	rest := 0
	for _, r := range number[4:] + number[:4] {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	return rest
}

// card takes the longest number, up to the end of a group, whose check digit is right.
func card(match string) int {
	for end := len(match); end >= 13; end-- {
		if end < len(match) && isWordy(match[end]) {
			continue
		}
		if digits := digitsIn(match[:end]); len(digits) >= 13 && checked(digits) {
			return end
		}
	}
	return 0
}

// checked reckons the check digit of payment cards.
func checked(digits string) bool {
	sum := 0
	for i := range digits {
		value := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if value *= 2; value > 9 {
				value -= 9
			}
		}
		sum += value
	}
	return sum%10 == 0
}

var isDate = regexp.MustCompile(`^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b`)

// phone wants as many digits as numbers have. Dates begin with a nought as well.
func phone(match string) int {
	digits := len(digitsIn(match))
	fewest := 9
	if match[0] == '+' {
		fewest = 8
	}
	if digits < fewest || digits > 15 || isDate.MatchString(match) {
		return 0
	}
	return len(match)
}

func digitsIn(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}
