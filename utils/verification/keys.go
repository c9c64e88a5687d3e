package verification

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/sigstore/sigstore/pkg/cryptoutils"
	"github.com/sigstore/sigstore/pkg/signature"
)

// environmentScheme begins a reference to a key in an environment variable, as in cosign.
const environmentScheme = "env://"

// key is a public key that signatures are asked of.
type key struct {
	// fingerprint is the SHA-256 of the key in DER, "sha256:<hex>".
	fingerprint string
	// verifiers check signatures by the key, one for each of the hashes that cosign uses with it.
	verifiers []signature.Verifier
	hashes    []crypto.Hash
}

// loadKey reads a public key, PEM in a file or in env://VARIABLE: ECDSA, RSA or Ed25519.
func loadKey(ref string, getenv func(string) string) (*key, error) {
	text, err := keyText(ref, getenv)
	if err != nil {
		return nil, fmt.Errorf("key %s cannot be read: %w", ref, err)
	}
	public, err := parseKey(text)
	if err != nil {
		return nil, fmt.Errorf("key %s cannot be used: %w", ref, err)
	}
	k := &key{hashes: hashes(public)}
	if k.fingerprint, err = fingerprint(public); err != nil {
		return nil, fmt.Errorf("key %s cannot be used: %w", ref, err)
	}
	for _, hash := range k.hashes {
		verifier, err := signature.LoadVerifier(public, hash)
		if err != nil {
			return nil, fmt.Errorf("key %s cannot be used: %w", ref, err)
		}
		k.verifiers = append(k.verifiers, verifier)
	}
	return k, nil
}

func keyText(ref string, getenv func(string) string) ([]byte, error) {
	if name, found := strings.CutPrefix(ref, environmentScheme); found {
		if value := getenv(name); value != "" {
			return []byte(value), nil
		}
		return nil, fmt.Errorf("the variable %s is not set", name)
	}
	if scheme, _, found := strings.Cut(ref, "://"); found {
		return nil, fmt.Errorf("%s:// is not supported; name a PEM file or env://VARIABLE", scheme)
	}
	return os.ReadFile(ref) //nolint:gosec // the user names the file
}

func parseKey(text []byte) (crypto.PublicKey, error) {
	block, _ := pem.Decode(bytes.TrimSpace(text))
	switch {
	case block == nil:
		return nil, errors.New("it is not PEM")
	case strings.Contains(block.Type, "PRIVATE KEY"):
		return nil, errors.New("it is a private key; name the public one (cosign.pub)")
	case !strings.Contains(block.Type, "PUBLIC KEY"):
		return nil, fmt.Errorf("it is a %s, not a PUBLIC KEY", strings.ToLower(block.Type))
	}
	return cryptoutils.UnmarshalPEMToPublicKey(bytes.TrimSpace(text))
}

func fingerprint(public crypto.PublicKey) (string, error) {
	der, err := cryptoutils.MarshalPublicKeyToDER(public)
	sum := sha256.Sum256(der)
	return "sha256:" + hex.EncodeToString(sum[:]), err
}

// hashes returns those that signatures by a key are made with: the one that goes with an ECDSA key's curve, as cosign
// 2.6 and 3 sign, and SHA-256 as older versions did and as `cosign verify` expects, unless it is told another by
// --signature-digest-algorithm. Ed25519 is what RFC 8032 calls PureEdDSA: cosign signs with the prehashed variant and
// refuses that itself.
func hashes(public crypto.PublicKey) []crypto.Hash {
	ec, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return []crypto.Hash{crypto.SHA256}
	}
	switch ec.Curve.Params().BitSize {
	case 384:
		return []crypto.Hash{crypto.SHA384, crypto.SHA256}
	case 521:
		return []crypto.Hash{crypto.SHA512, crypto.SHA256}
	default:
		return []crypto.Hash{crypto.SHA256}
	}
}
