"""Things as text and back."""

import json

from .codecs import CODECS, codec_for


class Encoder(json.JSONEncoder):
    item_separator = ","

    def default(self, o):
        for name in ("to_json", "as_dict", "_asdict"):
            method = getattr(o, name, None)
            if method is not None:
                return method()
        codec = codec_for(type(o))
        return super().default(o) if codec is None else codec.dump(o)


def encode(value, **options):
    return json.dumps(value, cls=Encoder, sort_keys=True, **options)


def decode(kind, text):
    return CODECS[kind].load(json.loads(text))
