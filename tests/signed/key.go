// Package signed makes real signatures and attestations in the shapes that cosign and notation write, with keys,
// certificate authorities and transparency logs of its own and without a network. Package fixture stores them.
package signed

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	protobundle "github.com/sigstore/protobuf-specs/gen/pb-go/bundle/v1"
	protocommon "github.com/sigstore/protobuf-specs/gen/pb-go/common/v1"
	protodsse "github.com/sigstore/protobuf-specs/gen/pb-go/dsse"
	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
	sigdsse "github.com/sigstore/sigstore/pkg/signature/dsse"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// Algorithm is a kind of key.
type Algorithm string

// The kinds of keys that cosign knows.
const (
	P256    Algorithm = "ecdsa-p256"
	P384    Algorithm = "ecdsa-p384"
	P521    Algorithm = "ecdsa-p521"
	RSA     Algorithm = "rsa"
	Ed25519 Algorithm = "ed25519"
)

// Algorithms returns all of them.
func Algorithms() []Algorithm { return []Algorithm{P256, P384, P521, RSA, Ed25519} }

// Key is a key pair that signs as cosign does.
type Key struct {
	signer signature.Signer
	// Public is the public key, PEM.
	Public []byte
}

// NewKey makes a key pair. hash is what it signs with; cosign 2 takes SHA-256 always, cosign 3 what goes with the
// curve.
func NewKey(t *testing.T, a Algorithm, hash crypto.Hash) *Key {
	t.Helper()
	private, err := newPrivateKey(a)
	require.NoError(t, err)
	signer, err := signature.LoadSigner(private, hash)
	require.NoError(t, err)
	public, err := cryptoutils.MarshalPublicKeyToPEM(private.Public())
	require.NoError(t, err)
	return &Key{signer: signer, Public: public}
}

func newPrivateKey(a Algorithm) (crypto.Signer, error) {
	switch a {
	case P384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case P521:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case RSA:
		return rsa.GenerateKey(rand.Reader, 2048)
	case Ed25519:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	default:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
}

// Signature returns a layer of a .sig: a signature over a payload that names the image's digest.
func (k *Key) Signature(t *testing.T, payload string) fixture.Entry {
	t.Helper()
	sig, err := k.signer.SignMessage(bytes.NewReader([]byte(payload)))
	require.NoError(t, err)
	return fixture.Entry{
		MediaType: typeSimpleSigning, Content: payload,
		Annotations: map[string]string{noteSignature: base64.StdEncoding.EncodeToString(sig)},
	}
}

// Attestation returns a layer of an .att: a DSSE envelope around an in-toto statement.
func (k *Key) Attestation(t *testing.T, statement string) fixture.Entry {
	t.Helper()
	content, err := json.Marshal(k.envelope(t, statement))
	require.NoError(t, err)
	return fixture.Entry{MediaType: typeDSSE, Content: string(content), Annotations: map[string]string{noteSignature: ""}}
}

func (k *Key) envelope(t *testing.T, statement string) *dsse.Envelope {
	t.Helper()
	adapter := &sigdsse.SignerAdapter{SignatureSigner: k.signer}
	signer, err := dsse.NewEnvelopeSigner(adapter)
	require.NoError(t, err)
	envelope, err := signer.SignPayload(context.Background(), typeInToto, []byte(statement))
	require.NoError(t, err)
	return envelope
}

// Bundle returns a sigstore bundle around a statement.
func (k *Key) Bundle(t *testing.T, statement string) string {
	t.Helper()
	return encoded(t, &protobundle.Bundle{
		MediaType: typeBundle,
		VerificationMaterial: &protobundle.VerificationMaterial{
			Content: &protobundle.VerificationMaterial_PublicKey{PublicKey: &protocommon.PublicKeyIdentifier{Hint: "key"}},
		},
		Content: content(t, k.envelope(t, statement)),
	})
}

func content(t *testing.T, e *dsse.Envelope) *protobundle.Bundle_DsseEnvelope {
	t.Helper()
	payload, err := e.DecodeB64Payload()
	require.NoError(t, err)
	sig, err := base64.StdEncoding.DecodeString(e.Signatures[0].Sig)
	require.NoError(t, err)
	return &protobundle.Bundle_DsseEnvelope{DsseEnvelope: &protodsse.Envelope{
		Payload: payload, PayloadType: e.PayloadType, Signatures: []*protodsse.Signature{{Sig: sig}},
	}}
}

func encoded(t *testing.T, b *protobundle.Bundle) string {
	t.Helper()
	text, err := protojson.Marshal(b)
	require.NoError(t, err)
	return string(text)
}
