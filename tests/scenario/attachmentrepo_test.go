package scenario

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// An --attachment-repo that is not there holds nothing, so that what was meant is missed: it is an error, whatever the
// command.
func TestAnAttachmentRepositoryThatIsNotThere(t *testing.T) {
	t.Parallel()
	for place, says := range map[string]string{
		dev + "/signature":               "there is no " + dev + "/signature, which --attachment-repo names",
		"docker-signatures/app":          "there is no repository docker-signatures",
		dev + "/signatures=nowhere/sigs": "there is no repository nowhere",
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := w.dev.Single("1.0", "v1")
			w.dev.Sign(root, "alice")
			w.images.Image(dev, "signatures").Sign(root, "bob")
			image := dev + "/" + ref(app, "1.0")
			commands := [][]string{
				{"promote", ref(app, "1.0"), dev, prod, "--copy"},
				{"promote", app, dev, prod},
				{"copy", image, prod},
				{"move", dev + "/team/*", prod},
			}
			if says[len(says)-7:] != "nowhere" {
				commands = append(commands, []string{"status", image}, []string{"file-spec", image}, []string{"audit", dev},
					[]string{"verify", image, "--key", w.holder("alice").pub, "--insecure-ignore-tlog"})
			}
			before := look(w.server)
			for _, args := range commands {
				o := w.run(append(args, "--attachment-repo", place)...)
				assert.Equal(t, exitFailed, o.code, "%v\n%s", args, o.stderr)
				assert.Contains(t, o.stderr, says, "%v", args)
			}
			assert.Equal(t, before, look(w.server))
		})
	}
}

// The image itself is no further place: what is attached there is shown once, and goes with it.
func TestTheImageItselfIsNoFurtherPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	own := w.dev.String()
	for _, place := range []string{own, own + ";" + own, own + "=" + w.prod.String()} {
		o := w.promote(ref(app, "1.0"), dev, prod, "--copy", "--dry-run", "--attachment-repo", place).ends(exitDone)
		assert.Len(t, o.image().Attachments, 1, place)
	}
	w.promote(ref(app, "1.0"), dev, prod, "--copy", "--attachment-repo",
		own+"="+prod+"/signatures").ends(exitRefused).changesNothing().
		tells("source", "is the image itself", "Leave it out")
}

// What further places add to a record that is still to be copied can be planned, and carried out as planned.
func TestAPlanOfSeveralPlacesForOneRecord(t *testing.T) {
	t.Parallel()
	for _, theirs := range []bool{false, true} {
		w := newWorld(t)
		root := w.dev.Single("1.0", "v1")
		w.dev.Sign(root, "alice")
		places := []string{}
		for _, key := range []string{"bob", "carol"} {
			apart := w.images.Image(dev, "signatures/"+key)
			apart.Sign(root, key)
			w.apart = append(w.apart, apart.String())
			places = append(places, apart.String()+"="+prod+"/"+app)
		}
		if theirs {
			w.prod.Sign(root, "dave")
		}
		path := w.plan("promote", ref(app, "1.0"), dev, prod, "--copy", "--attachment-repo", strings.Join(places, ";"))
		steps := w.readPlan(path).Images[0].Steps
		assert.Equal(t, steps[0].After, steps[1].Before)
		assert.Equal(t, steps[1].After, steps[2].Before)
		w.apply(path).ends(exitDone)
		sig := fixture.SuffixTag("", root, "sig")
		assert.Equal(t, steps[2].After, look(w.server)[w.prod.String()][sig])
		w.apply(path).ends(exitDone).writesNothing()
	}
}

// An image whose target is another image of the same run would come before or after that has gone on: nobody could say
// which.
func TestChainsAreRefused(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"copy", "move"} {
		w := newWorld(t)
		for _, name := range []string{"a", "ab", "abb"} {
			image := w.images.Image(dev, name)
			image.Sign(image.Single("1.0", name), "alice")
		}
		o := w.transfer(command, dev+"/a(*):1.0", dev+"/ab{1}:1.0").ends(exitRefused).writesNothing()
		assert.Contains(t, o.stderr, "which itself goes to")
	}
}
