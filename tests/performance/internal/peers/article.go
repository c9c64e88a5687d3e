package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// ArticleCommand is the argument with which this program makes the calls of the article, and nothing else. They are a
// process of their own so that they are measured as the tools are.
const ArticleCommand = "article"

// article names the file of the manifest, too: who writes such a script knows whether the image has platforms.
func article(w *world) [][]string {
	file := "manifest.json"
	if len(w.shelf.manifests) > 0 {
		file = "list.manifest.json"
	}
	return [][]string{{ArticleCommand, w.double.URL(), image, w.tag(), file}}
}

// Article makes the three calls that the article "Cosign signatures lifecycle in Artifactory" proposes: it promotes the
// image, asks for the digest of its manifest and copies the .sig. Any answer but 200 ends it, as it ends Ansible's uri
// module.
func Article(ctx context.Context, args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("%s wants a URL, an image, a tag and the file of the manifest", ArticleCommand)
	}
	url, image, tag, file := args[0], args[1], args[2], args[3]
	body, err := json.Marshal(map[string]any{"targetRepo": prod, "dockerRepository": image, "tag": tag, "copy": true})
	if err != nil {
		return err
	}
	if _, err := call(ctx, http.MethodPost, url+"api/docker/"+dev+"/v2/promote", body); err != nil {
		return err
	}
	answer, err := call(ctx, http.MethodGet, url+"api/storage/"+dev+"/"+image+"/"+tag+"/"+file, nil)
	if err != nil {
		return err
	}
	var info struct{ Checksums struct{ SHA256 string } }
	if err := json.Unmarshal(answer, &info); err != nil {
		return err
	}
	signature := "api/copy/" + dev + "/" + image + "/sha256-" + info.Checksums.SHA256 + ".sig?to=/" + prod + "/" + image
	_, err = call(ctx, http.MethodPost, url+signature, nil)
	return err
}

func call(ctx context.Context, method, url string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.SetBasicAuth(user, password)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s", method, url, response.Status)
	}
	return answer, err
}
