package mail_test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/mail"
)

var letter = mail.Letter{To: "ann@shop.example", Subject: "Approve: Rückgabe", Text: "Please look.\n\nhttps://parley.example/approvals/token\n"}

// post is a mail server that keeps what it is sent.
type post struct{ got chan string }

func (p post) NewSession(*smtp.Conn) (smtp.Session, error) { return p, nil }
func (post) Mail(string, *smtp.MailOptions) error          { return nil }
func (p post) Rcpt(to string, _ *smtp.RcptOptions) error   { p.got <- to; return nil }
func (post) Reset()                                        {}
func (post) Logout() error                                 { return nil }

func (p post) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	p.got <- string(text)
	return err
}

func TestLetterGoesToTheServer(t *testing.T) {
	t.Parallel()
	office := post{make(chan string, 2)}
	server := smtp.NewServer(office)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	m, err := mail.New(mail.Config{Server: "smtp://" + listener.Addr().String(), From: "Parley <parley@shop.example>"})
	require.NoError(t, err)
	require.NoError(t, m.Send(t.Context(), letter))
	require.Equal(t, letter.To, <-office.got)
	text := <-office.got
	require.Contains(t, text, "https://parley.example/approvals/token")
	require.Contains(t, text, "From: \"Parley\" <parley@shop.example>")
}

func TestLetterIsKeptWhereThereIsNoServer(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "mail")
	m, err := mail.New(mail.Config{Folder: folder, From: "parley@localhost"})
	require.NoError(t, err)
	require.NoError(t, m.Send(t.Context(), letter))
	files, err := filepath.Glob(filepath.Join(folder, "*.eml"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	text, err := os.ReadFile(files[0])
	require.NoError(t, err)
	require.Contains(t, string(text), "Please look.")
	kept, err := os.Stat(files[0])
	require.NoError(t, err)
	require.EqualValues(t, 0o600, kept.Mode().Perm())
}

func TestAddressesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"mail.example", "http://mail.example", "smtp://"} {
		_, err := mail.New(mail.Config{Server: server})
		require.Error(t, err, server)
	}
	m, err := mail.New(mail.Config{Folder: t.TempDir(), From: "parley@localhost"})
	require.NoError(t, err)
	require.Error(t, m.Send(t.Context(), mail.Letter{To: "ann@shop.example\r\nBcc: eve@evil.example", Subject: "x"}))
}
