package secret

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Link is what a signed link in a letter says: who may decide about what, until when.
// It tells nothing that its reader does not know.
type Link struct {
	Tenant   string    `json:"t"`
	User     string    `json:"u"`
	Approval string    `json:"a"`
	Expires  time.Time `json:"e"`
}

// ErrLink says that a link is not one of ours, or has expired.
var ErrLink = errors.New("the link is not valid")

// SignLink gives the text form of a link, for an address.
func (k *Key) SignLink(link Link) (string, error) {
	plain, err := json.Marshal(link)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(plain)
	mac, err := k.linkMAC(text)
	return text + "." + base64.RawURLEncoding.EncodeToString(mac), err
}

// ReadLink reads what SignLink has signed.
func (k *Key) ReadLink(text string) (link Link, err error) {
	plain, signature, _ := strings.Cut(text, ".")
	given, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return link, ErrLink
	}
	mac, err := k.linkMAC(plain)
	if err != nil {
		return link, err
	}
	if !hmac.Equal(mac, given) {
		return link, ErrLink
	}
	raw, err := base64.RawURLEncoding.DecodeString(plain)
	if err != nil || json.Unmarshal(raw, &link) != nil || !time.Now().Before(link.Expires) {
		return Link{}, ErrLink
	}
	return link, nil
}

func (k *Key) linkMAC(text string) ([]byte, error) {
	key, err := k.Derive(Links)
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil), nil
}
