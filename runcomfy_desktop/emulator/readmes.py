"""The readmes of the demo's deployments, in Markdown as their owners would have written them."""

from __future__ import annotations

KONTEXT = """\
# flux-kontext

Repaints a photo by a sentence. The picture goes into node **189**, the sentence into node **6**.

| input | node | note |
|---|---|---|
| `image` | 189 | JPEG or PNG; about one megapixel is used |
| `text` | 6 | say what should change *and* what should stay |
| `seed` | 31 | the same seed gives the same picture |

This is the demo: no model runs here and nothing is billed. Colours named in the sentence, and
words such as *night*, *snow* or *autumn*, change the picture. A sentence with `[fail]` or `[oom]`
in it ends in an error, so that you can see what that looks like.
"""

FLUX = """\
# flux-dev

Draws a picture from a sentence (node **6**). Size and number of pictures are in node **5**, the
seed is in node **25**.

Words the demo understands: *lighthouse, forest, mountains, sea, lake, city, desert, snow, birds,
boat, balloon, house, moon, sun* and times of the day. One machine is always on, so the first
picture needs no start.
"""

TWO_PHOTOS = """\
# two-photos

Puts two photos side by side and repaints them in one light.

* nodes **142** and **147**: the photos
* node **180**: the sentence, several lines if you like
* node **192:200**: mood, strength, and whether the photos' own colours stay
* node **192:191**: how many versions are made in one run

Besides the pictures you get a preview of what was sent, the second photo as it was, and the
sentence as text.
"""

CLIP = """\
# wan-clip

A short moving scene as an animated WebP. Node **6** says what is seen, node **55** sets size and
length (the demo draws at most 24 frames), node **28** the frames per second.
"""

SOUVENIR = """\
# souvenir

One sentence (node **90**) becomes four things: a short film with sound, the sound alone, a small
3D model, and the sentence as a caption. It shows what comes back from workflows that make more than
pictures. Size and length of the film are in node **55**, the length of the sound is in node **70**.
"""

SOUND = """\
# new-sound

Puts another sound beneath a film. The film goes into node **10**, the sound into node **12**: files
up to about 1 MB are sent with the request, larger ones by their address.

This is the demo: it shows the pictures of a GIF as they are, and has no codec for other films. For
those, and for every sound, it makes one up that the file's bytes decide.
"""

LORA = """\
# watercolour-lora

A LoRA trained on watercolours, deployed on the web site. It is not a ComfyUI workflow: it takes
plain inputs (`prompt`, `width`, `height`, `seed`) and has no nodes to change.
"""

UPSCALER = """\
# old-upscaler

Replaced; kept for reference only. **Disabled since December 2025.**
"""
