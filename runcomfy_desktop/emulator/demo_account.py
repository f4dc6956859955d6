"""Demo account: the deployments that a new user finds, each made to show a certain feature.

`FOREIGN_ID` is the id of a deployment of another account, which this account may not use.
"""

from __future__ import annotations

from runcomfy_desktop.emulator import sample_workflows
from runcomfy_desktop.emulator.deployments import EmulatedDeployment

FOREIGN_ID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
_KONTEXT_README = """\
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
FLUX_README = """\
# flux-dev

Draws a picture from a sentence (node **6**). Size and number of pictures are in node **5**, the
seed is in node **25**.

Words the demo understands: *lighthouse, forest, mountains, sea, lake, city, desert, snow, birds,
boat, balloon, house, moon, sun* and times of the day. One machine is always on, so the first
picture needs no start.
"""
_TWO_PHOTOS_README = """\
# two-photos

Puts two photos side by side and repaints them in one light.

* nodes **142** and **147**: the photos
* node **180**: the sentence, several lines if you like
* node **192:200**: mood, strength, and whether the photos' own colours stay
* node **192:191**: how many versions are made in one run

Besides the pictures you get a preview of what was sent, the second photo as it was, and the
sentence as text.
"""
_CLIP_README = """\
# wan-clip

A short moving scene as an animated WebP. Node **6** says what is seen, node **55** sets size and
length (the demo draws at most 24 frames), node **28** the frames per second.
"""
_SOUVENIR_README = """\
# souvenir

One sentence (node **90**) becomes four things: a short film with sound, the sound alone, a small
3D model, and the sentence as a caption. It shows what comes back from workflows that make more than
pictures. Size and length of the film are in node **55**, the length of the sound is in node **70**.
"""
_SOUND_README = """\
# new-sound

Puts another sound beneath a film. The film goes into node **10**, the sound into node **12**: files
up to about 1 MB are sent with the request, larger ones by their address.

This is the demo: it shows the pictures of a GIF as they are, and has no codec for other films. For
those, and for every sound, it makes one up that the file's bytes decide.
"""
_LORA_README = """\
# watercolour-lora

A LoRA trained on watercolours, deployed on the web site. It is not a ComfyUI workflow: it takes
plain inputs (`prompt`, `width`, `height`, `seed`) and has no nodes to change.
"""
_UPSCALER_README = """\
# old-upscaler

Replaced; kept for reference only. **Disabled since December 2025.**
"""


def sample_deployments() -> list[EmulatedDeployment]:
    return [
        _kontext(),
        _flux(),
        _two_photos(),
        _clip(),
        _souvenir_outputs(),
        _sound(),
        _lora(),
        _upscaler(),
    ]


def _kontext() -> EmulatedDeployment:
    return EmulatedDeployment(
        deployment_id="0b7e4c52-66aa-4c0f-9f0e-3a1d2b4c5d6e",
        name="flux-kontext",
        workflow_id="00000000-0000-0000-0000-000000001164",
        workflow_version="v3",
        hardware="AMPERE_48",
        min_instances=0,
        max_instances=1,
        queue_size=1,
        keep_warm_s=60,
        created_at="2026-01-10T09:00:00.123456+00:00",
        updated_at="2026-01-11T10:30:00.654321+00:00",
        workflow=sample_workflows.read_workflow("flux-kontext"),
        overrides={
            "6": {"inputs": {"text": "make it a night scene with a bright moon"}},
            "31": {"inputs": {"seed": 11}},
        },
        readme=_KONTEXT_README,
    )


def _flux() -> EmulatedDeployment:
    return EmulatedDeployment(
        deployment_id="5d1f0a37-2c84-4b9e-8a6d-71e0c3b52f48",
        name="flux-dev",
        workflow_id="00000000-0000-0000-0000-000000001111",
        workflow_version="v1",
        hardware="AMPERE_24",
        min_instances=1,
        max_instances=2,
        queue_size=1,
        keep_warm_s=120,
        created_at="2025-11-02T16:20:11.000907+00:00",
        updated_at="2026-01-20T08:05:42.310000+00:00",
        workflow=sample_workflows.read_workflow("flux-dev"),
        overrides={"6": {"inputs": {"text": "pine forest in the morning mist, birds"}}},
        readme=FLUX_README,
    )


def _two_photos() -> EmulatedDeployment:
    return EmulatedDeployment(
        deployment_id="9c3be8d0-417f-4f6a-b2d5-08a6e7f91c24",
        name="two-photos",
        workflow_id="7a1c0d52-3f64-4a6e-9a0b-5b8f1c2d3e4f",
        workflow_version="v2",
        hardware="ADA_48_PLUS",
        min_instances=0,
        max_instances=2,
        queue_size=2,
        keep_warm_s=60,
        created_at="2026-01-15T12:00:00.500000+00:00",
        updated_at="2026-01-28T19:44:03.250100+00:00",
        workflow=sample_workflows.read_workflow("two-photos"),
        overrides={
            "180": {"inputs": {"value": "autumn colours over both photos"}},
            "192:191": {"inputs": {"amount": 3}},
        },
        readme=_TWO_PHOTOS_README,
    )


def _clip() -> EmulatedDeployment:
    return EmulatedDeployment(
        deployment_id="e2a94b16-8d05-4c73-95f1-6b3d20c7a8fe",
        name="wan-clip",
        workflow_id="b4d7f0a1-95c2-4e38-8b60-2f1e9d7c6a53",
        workflow_version="v2",
        hardware="HOPPER_141",
        min_instances=0,
        max_instances=1,
        queue_size=1,
        keep_warm_s=30,
        created_at="2026-01-22T07:31:09.040506+00:00",
        updated_at="2026-01-22T07:31:09.040506+00:00",
        workflow=sample_workflows.read_workflow("wan-clip"),
        overrides={"6": {"inputs": {"text": "a city by the sea at dawn, slow clouds"}}},
        readme=_CLIP_README,
    )


def _souvenir_outputs() -> EmulatedDeployment:
    """Returns a deployment that outputs no picture, but a video, a sound, a model and a text."""
    return EmulatedDeployment(
        deployment_id="7f20c9d3-58ae-4e16-b74d-93a1e6c5082b",
        name="souvenir",
        workflow_id="6c9e03fa-b1d7-4258-8f3e-d47a90c2e516",
        workflow_version="v1",
        hardware="AMPERE_80",
        min_instances=0,
        max_instances=1,
        queue_size=1,
        keep_warm_s=60,
        created_at="2026-01-25T18:12:44.905113+00:00",
        updated_at="2026-01-25T18:12:44.905113+00:00",
        workflow=sample_workflows.read_workflow("souvenir"),
        overrides={"90": {"inputs": {"value": "a balloon over the mountains in the morning"}}},
        readme=_SOUVENIR_README,
    )


def _sound() -> EmulatedDeployment:
    """Returns a deployment with a video and a sound as inputs instead of pictures."""
    return EmulatedDeployment(
        deployment_id="4b8e1d60-9f27-4c35-8a41-2d6c7f05e9b3",
        name="new-sound",
        workflow_id="e5a7c218-4d90-4b6f-93e2-1f8b6a0d7c49",
        workflow_version="v1",
        hardware="TURING_16",
        min_instances=0,
        max_instances=1,
        queue_size=1,
        keep_warm_s=60,
        created_at="2026-01-27T11:02:19.330704+00:00",
        updated_at="2026-01-27T11:02:19.330704+00:00",
        workflow=sample_workflows.read_workflow("new-sound"),
        readme=_SOUND_README,
    )


def _lora() -> EmulatedDeployment:
    """Returns a deployment made from a trained LoRA: listed with the others, without a workflow."""
    return EmulatedDeployment(
        deployment_id="a86d2e57-f1b3-4c08-9e72-40c5d8b6e193",
        name="watercolour-lora",
        workflow_id="d31f6a92-7e45-4b80-bc19-05e8f7a2c364",
        workflow_version="v1",
        hardware="AMPERE_48",
        min_instances=0,
        max_instances=1,
        queue_size=1,
        keep_warm_s=60,
        created_at="2025-12-12T14:03:27.661200+00:00",
        updated_at="2025-12-12T14:03:27.661200+00:00",
        workflow={},
        readme=_LORA_README,
        is_lora=True,
    )


def _upscaler() -> EmulatedDeployment:
    return EmulatedDeployment(
        deployment_id="31f6c7e9-a0d2-4817-bc5e-d94a80217b63",
        name="old-upscaler",
        workflow_id="c8e15b94-06fd-4d27-a3b9-7c52e0f4d181",
        workflow_version="v1",
        hardware="TURING_16",
        min_instances=0,
        max_instances=1,
        queue_size=1,
        keep_warm_s=60,
        created_at="2025-06-30T21:12:55.700001+00:00",
        updated_at="2025-12-01T10:00:00.000042+00:00",
        workflow=sample_workflows.read_workflow("old-upscaler"),
        readme=_UPSCALER_README,
        is_enabled=False,
    )
