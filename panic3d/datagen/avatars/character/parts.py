"""Assign materials to parts of the character: by label, else by the words of the material's name.

The keywords are those of VRoid Studio (`N00_000_00_FaceMouth_00_FACE`), of common English names and of MMD's Japanese.
"""

import re
import unicodedata
from collections.abc import Mapping

from panic3d.shards.schema import PARTS

PART_KEYWORDS: tuple[tuple[str, str], ...] = (
    # The first rule that matches decides: accessories on the head before hair, brows before eyes, eyes before the face.
    # A plain keyword matches the beginning of a word of the name; one that ends in $ must be a whole word.
    (
        "accessory",
        "accessor acce$ acs$ glasses eyepatch goggle megane hat$ hats$ cap$ helmet crown tiara ribbon ribon bow$ "
        "hairband headband hairpin hairclip hairacc hairornament headphone headset headdress katyusha ear$ ears$ "
        "catear nekomimi kemomimi mimi$ horn horns$ halo earring piercing choker necklace mask$ backpack logo jewel "
        "feather wing",
    ),
    ("accessory", "眼鏡 眼帯 メガネ めがね リボン 帽子 髪飾 髪留 髪止 ヘアピン カチューシャ ヘッドホン"),
    ("accessory", "アクセ 飾り 耳 角 ピアス 首輪 翼 羽"),
    ("face", "brow brows eyebrow mayu$ 眉 まゆ"),
    ("eye", "eye iris pupil sclera lash hitomi$ 目 瞳 眼 まつ毛 まつげ 睫 アイライン"),
    ("hair", "hair ahoge bangs fringe$ ponytail twintail kami$ 髪 ヘア アホ毛 あほ毛 もみあげ"),
    ("face", "face facial head mouth lip lips teeth tooth tongue nose cheek blush kao$ kuchi$"),
    ("face", "顔 口 歯 舌 頬 鼻 唇 照れ 表情"),
    (
        "cloth",
        "cloth costume outfit top$ tops$ bottoms shirt blouse skirt dress onepiece onepice pants trousers shorts "
        "jacket coat sweater hoodie cardigan vest sleeve collar tie$ necktie scarf uniform sailor sock stocking "
        "tights shoe boots glove inner$ underwear bra$ fuku$ uwagi armor armour cape kimono trim$ button",
    ),
    ("cloth", "服 スカート シャツ 上着 袖 襟 ズボン パンツ 制服 靴 ブーツ ソックス ニーソ タイツ 手袋 ネクタイ"),
    ("cloth", "ジャケット コート マント 下着 ブラ スーツ 着物 ワンピ ドレス セーラー ボタン"),
)
MIN_COMPOUND_LETTERS = 7
"""Keywords of at least this many letters are also found across the words of the name (`HairBand`)."""


def classify_part(material: str, labels: Mapping[str, str] | None = None) -> int:
    """Return the part id of a material (1 face to 6 other, see `docs/reference/formats.md`).

    `labels` are those of `labels.jsonl`: material name to part name. They take precedence over the name.
    """
    labelled = (labels or {}).get(material)
    if labelled in PARTS:
        return PARTS[labelled]
    name = unicodedata.normalize("NFKC", material)
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[\W_\d]+", " ", name).lower()
    words = spaced.split()
    for part, rule in PART_KEYWORDS:
        if any(_matches_keyword(word, words) for word in rule.split()):
            return PARTS[part]
    return PARTS["other"]


def _matches_keyword(word: str, words: list[str]) -> bool:
    """Return whether a keyword occurs among the words of a name."""
    if word.endswith("$"):
        return word[:-1] in words
    if (
        not word.isascii() or len(word) >= MIN_COMPOUND_LETTERS
    ):  # Japanese puts no space between words; HairBand is a hairband
        return word in "".join(words)
    return any(found.startswith(word) for found in words)
