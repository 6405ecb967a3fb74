package tool

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// SigningSecret is the text form of a signing key, which libraries for Standard
// Webhooks take.
func SigningSecret(key []byte) string { return "whsec_" + base64.StdEncoding.EncodeToString(key) }

// sign adds the headers of Standard Webhooks 1.0 (standardwebhooks.com), by which
// the tenant's server knows that the request is ours and fresh. Without a key
// there is no signature: everyone could make it.
func sign(headers http.Header, call Call, body []byte) {
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	headers.Set("Webhook-Id", call.ID)
	headers.Set("Webhook-Timestamp", timestamp)
	if len(call.SigningKey) == 0 {
		return
	}
	mac := hmac.New(sha256.New, call.SigningKey)
	fmt.Fprintf(mac, "%s.%s.", call.ID, timestamp)
	mac.Write(body)
	headers.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
}
