package simulator

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"math"
	"net/http"
)

// Bounds of the real API.
const (
	defaultDimensions = 1536
	maxInputs         = 2048
	maxInputTokens    = 8191
	maxRequestTokens  = 300_000
)

type embeddingsRequest struct {
	Model          string          `json:"model"`
	Input          json.RawMessage `json:"input"`
	Dimensions     int             `json:"dimensions"`
	EncodingFormat string          `json:"encoding_format"`
}

func (s *Simulator) createEmbeddings(w http.ResponseWriter, r *http.Request) {
	var body embeddingsRequest
	fault := readBody(r, &body)
	var inputs []string
	if fault == nil {
		inputs, fault = body.inputs()
	}
	if fault != nil {
		s.ledger.open(Entry{Endpoint: EndpointEmbeddings, Model: body.Model}).reject(fault.Status)
		writeFault(w, *fault)
		return
	}
	p := &prompt{endpoint: EndpointEmbeddings, model: body.Model, turns: []turn{{role: "user", text: inputs[0]}}}
	rec := s.ledger.open(p.entry())
	if rule := s.rules.fault(p); rule.Status != 0 {
		rec.reject(rule.Status)
		writeFault(w, rule.apiFault())
		return
	}
	tokens := 0
	for _, input := range inputs {
		tokens += countTokens(input)
	}
	rec.done(tokens)
	writeJSON(w, http.StatusOK, body.answer(inputs, tokens))
}

func (b embeddingsRequest) inputs() ([]string, *apiFault) {
	if b.Model == "" {
		return nil, invalid("model", "missing_required_parameter", "you must provide a model parameter")
	}
	if b.Dimensions < 0 || b.Dimensions > 4096 {
		return nil, invalid("dimensions", "", "'dimensions' is out of range.")
	}
	var one string
	inputs := []string{}
	if json.Unmarshal(b.Input, &one) == nil {
		inputs = append(inputs, one)
	} else if err := json.Unmarshal(b.Input, &inputs); err != nil {
		return nil, invalid("input", "invalid_type", "'input' is neither a string nor a list of strings.")
	}
	return inputs, checkInputs(inputs)
}

func checkInputs(inputs []string) *apiFault {
	if len(inputs) == 0 || len(inputs) > maxInputs {
		return invalid("input", "", "'input' has to hold between 1 and 2048 texts.")
	}
	total := 0
	for _, input := range inputs {
		tokens := countTokens(input)
		if input == "" || tokens > maxInputTokens {
			return invalid("input", "", "A text of 'input' is empty or longer than 8191 tokens.")
		}
		total += tokens
	}
	if total > maxRequestTokens {
		return invalid("input", "max_tokens_per_request", "'input' holds more than 300000 tokens.")
	}
	return nil
}

func (b embeddingsRequest) answer(inputs []string, tokens int) any {
	dimensions := orDefault(b.Dimensions, defaultDimensions)
	data := make([]any, len(inputs))
	for i, input := range inputs {
		vector := embedded(input, dimensions)
		var encoded any = vector
		if b.EncodingFormat == "base64" {
			encoded = littleEndian(vector)
		}
		data[i] = map[string]any{"object": "embedding", "index": i, "embedding": encoded}
	}
	return map[string]any{
		"object": "list", "model": b.Model, "data": data,
		"usage": map[string]int{"prompt_tokens": tokens, "total_tokens": tokens},
	}
}

func littleEndian(vector []float32) string {
	raw := make([]byte, 0, 4*len(vector))
	for _, value := range vector {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(value))
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// embed places a text among others by what it is written with: each of its
// words, and each run of three letters in them, adds to a few dimensions that
// its hash picks. Texts that share words, or forms of words, are near.
func embedded(text string, dimensions int) []float32 {
	vector := make([]float32, dimensions)
	for _, word := range words(text) {
		scatter(vector, word, weight(word))
		padded := []rune("^" + word + "$")
		for i := 0; i+3 <= len(padded); i++ {
			scatter(vector, string(padded[i:i+3]), 0.35*weight(word))
		}
	}
	normalise(vector)
	return vector
}

// weight makes long words matter more than the short ones that fill sentences.
func weight(word string) float32 { return min(float32(len(word)), 8) / 8 }

// scatter adds a feature to four dimensions, each with a sign of its own, so
// that two features seldom add up by chance.
func scatter(vector []float32, feature string, weight float32) {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(feature))
	state := hash.Sum64()
	for range 4 {
		state = state*6364136223846793005 + 1442695040888963407
		sign := float32(1)
		if state>>63 == 1 {
			sign = -1
		}
		vector[(state>>20)%uint64(len(vector))] += sign * weight
	}
}

func normalise(vector []float32) {
	var sum float64
	for _, value := range vector {
		sum += float64(value) * float64(value)
	}
	if sum == 0 {
		vector[0] = 1 // a text without words still has a place
		return
	}
	length := float32(math.Sqrt(sum))
	for i := range vector {
		vector[i] /= length
	}
}
