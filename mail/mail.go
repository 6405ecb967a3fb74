// Package mail sends letters: through an SMTP server, or into a folder where none is
// configured, so that every feature can be seen without an account anywhere.
package mail

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// sendTimeout bounds the talk with a server.
const sendTimeout = 15 * time.Second

// Config says how letters travel.
type Config struct {
	// Server is smtp://user:password@host:port, where TLS is asked for and refused by
	// nobody but servers without it, or smtps:// for TLS from the first byte; "": letters
	// are put into Folder.
	Server string
	// Folder takes letters as .eml files. It is made when the first one comes.
	Folder string
	// From is the address that they come from.
	From string
}

// Letter is one letter in plain text.
type Letter struct{ To, Subject, Text string }

// Mailer sends letters. It is safe for concurrent use.
type Mailer struct {
	config Config
	client *gomail.Client // nil: into the folder
}

// New makes a mailer. It does not talk to the server yet.
func New(config Config) (*Mailer, error) {
	m := &Mailer{config: config}
	if config.Server == "" {
		return m, nil
	}
	address, err := url.Parse(config.Server)
	if err != nil || address.Hostname() == "" || address.Scheme != "smtp" && address.Scheme != "smtps" {
		return nil, errors.New("the mail server is not like smtp://user:password@host:587")
	}
	m.client, err = gomail.NewClient(address.Hostname(), options(address)...)
	return m, err
}

func options(address *url.URL) []gomail.Option {
	chosen := []gomail.Option{gomail.WithTimeout(sendTimeout)}
	if address.Scheme == "smtps" {
		chosen = append(chosen, gomail.WithSSLPort(false))
	} else {
		chosen = append(chosen, gomail.WithTLSPortPolicy(gomail.TLSOpportunistic))
	}
	if port, err := strconv.Atoi(address.Port()); err == nil {
		chosen = append(chosen, gomail.WithPort(port))
	}
	if password, ok := address.User.Password(); ok {
		chosen = append(chosen, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(address.User.Username()), gomail.WithPassword(password))
	}
	return chosen
}

// Send sends a letter. Repeating it sends it again.
func (m *Mailer) Send(ctx context.Context, letter Letter) error {
	message := gomail.NewMsg()
	if err := message.From(m.config.From); err != nil {
		return fmt.Errorf("mail: sender: %w", err)
	}
	if err := message.To(letter.To); err != nil {
		return fmt.Errorf("mail: recipient: %w", err)
	}
	message.Subject(letter.Subject)
	message.SetBodyString(gomail.TypeTextPlain, letter.Text)
	message.SetDate()
	message.SetMessageID()
	if m.client == nil {
		return m.keep(message)
	}
	if err := m.client.DialAndSendWithContext(ctx, message); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return nil
}

// keep puts a letter where the operator, and nobody else, can read it.
func (m *Mailer) keep(message *gomail.Msg) error {
	if err := os.MkdirAll(m.config.Folder, 0o700); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	name := time.Now().UTC().Format("20060102-150405.000") + "-" + rand.Text()[:8] + ".eml"
	file, err := os.OpenFile(filepath.Join(m.config.Folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	defer file.Close()
	if _, err := message.WriteTo(file); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	return file.Close()
}
