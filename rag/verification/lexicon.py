"""Small word lists of news English: opposites, what places and their people are called; look-up of these and synonyms.

Hand-written and short on purpose: each line is a judgement that a reader can check. Words not listed match by stem.
"""

from __future__ import annotations

from functools import lru_cache

from rag.verification.synonyms import SYNONYMS
from rag.verification.words import key_of

_OPPOSITES = """
increase rise grow gain climb surge raise up jump soar | decrease fall drop decline reduce lower down plunge cut slump
expand | shrink contract
win victory | lose defeat
before | after
accept agree approve endorse back support confirm | reject refuse deny oppose veto decline dismiss
allow permit legalize | ban prohibit forbid bar outlaw block
open | close shut
begin start launch | end stop finish cease cancel
arrive enter | leave depart exit
alive survive | dead die kill
buy purchase | sell
guilty convict | innocent acquit
first | last
high higher | low lower
more | fewer less
old | new young
best | worst worse
early earlier | late later
north northern | south southern
east eastern | west western
left | right
male man boy | female woman girl
husband | wife
father | mother
brother | sister
son | daughter
king | queen
morning | evening afternoon night
yesterday | today tomorrow
today | tomorrow
last | next
public | private
legal lawful | illegal unlawful
majority most | minority
major | minor
maximum | minimum
success succeed | fail failure
safe | dangerous unsafe
true | false
strong strengthen | weak weaken
arrest detain | release free
hire appoint | fire dismiss sack
praise | criticize condemn
friend ally | enemy
peace | war
include | exclude
inside | outside
above | below
over | under
positive | negative
possible | impossible
likely | unlikely
known | unknown
hot warm | cold cool
rich | poor
day | night
conservative | liberal
republican | democrat democratic
import | export
borrow | lend
teach | learn
attack | defend
build | demolish destroy
create | destroy
remember | forget
love | hate
push | pull
quick fast rapid | slow
full | empty
always | never
many | few
partly partial | fully full entire
temporary | permanent
""".strip().splitlines()

_PLACES = """
us usa america american united-states
uk britain british briton united-kingdom
afghanistan afghan|albania albanian|algeria algerian|argentina argentine argentinian|armenia armenian
australia australian aussie|austria austrian|azerbaijan azerbaijani|bahrain bahraini|bangladesh bangladeshi
belarus belarusian|belgium belgian|bolivia bolivian|bosnia bosnian|brazil brazilian|bulgaria bulgarian
cambodia cambodian|cameroon cameroonian|canada canadian|chile chilean|china chinese|colombia colombian
congo congolese|croatia croatian croat|cuba cuban|cyprus cypriot|czechia czech|denmark danish dane|ecuador ecuadorian
egypt egyptian|england english|eritrea eritrean|estonia estonian|ethiopia ethiopian|europe european
finland finnish finn|france french|georgia georgian|germany german|ghana ghanaian|greece greek|guatemala guatemalan
haiti haitian|honduras honduran|hungary hungarian|iceland icelandic|india indian|indonesia indonesian
iran iranian|iraq iraqi|ireland irish|israel israeli|italy italian|jamaica jamaican|japan japanese|jordan jordanian
kazakhstan kazakh|kenya kenyan|korea korean|kosovo kosovan kosovar|kuwait kuwaiti|latvia latvian|lebanon lebanese
liberia liberian|libya libyan|lithuania lithuanian|malaysia malaysian|mali malian|malta maltese|mexico mexican
moldova moldovan|mongolia mongolian|montenegro montenegrin|morocco moroccan|mozambique mozambican|myanmar burma burmese
nepal nepalese nepali|netherlands dutch holland|nicaragua nicaraguan|nigeria nigerian|norway norwegian|oman omani
pakistan pakistani|palestine palestinian|panama panamanian|paraguay paraguayan|peru peruvian
philippines filipino philippine|poland polish pole|portugal portuguese|qatar qatari|romania romanian|russia russian
rwanda rwandan|saudi saudis|scotland scottish scot|senegal senegalese|serbia serbian serb|singapore singaporean
slovakia slovak|slovenia slovenian slovene|somalia somali|spain spanish spaniard|sudan sudanese|sweden swedish swede
switzerland swiss|syria syrian|taiwan taiwanese|tanzania tanzanian|thailand thai|tibet tibetan|tunisia tunisian
turkey turkish turk turkiye|uganda ugandan|ukraine ukrainian|uruguay uruguayan|uzbekistan uzbek|venezuela venezuelan
vietnam vietnamese|wales welsh|yemen yemeni|zambia zambian|zimbabwe zimbabwean|africa african|asia asian
""".strip()


@lru_cache(maxsize=1)
def _synonym_table() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, group in enumerate(SYNONYMS):
        for word in group:
            table.setdefault(key_of(word), set()).add(number)
    return {key: frozenset(groups) for key, groups in table.items()}


@lru_cache(maxsize=1)
def _opposite_table() -> dict[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _OPPOSITES:
        left, right = ({key_of(word) for word in side.split()} for side in line.split("|"))
        for here, there in ((left, right), (right, left)):
            for key in here:
                table.setdefault(key, set()).update(there - here)
    return {key: frozenset(keys) for key, keys in table.items()}


@lru_cache(maxsize=1)
def _place_table() -> dict[str, str]:
    groups = (group.split() for line in _PLACES.splitlines() for group in line.split("|"))
    return {form: group[0] for group in groups for name in group for form in (name, name + "s")}


_NOTHING: frozenset[int] = frozenset()
_NO_KEYS: frozenset[str] = frozenset()


def groups_of(key: str) -> frozenset[int]:
    """Return the numbers of the synonym groups a stem belongs to."""
    return _synonym_table().get(key, _NOTHING)


def opposites_of(key: str) -> frozenset[str]:
    """Return the stems that say the opposite of a stem."""
    return _opposite_table().get(key, _NO_KEYS)


def place_of(word: str) -> str | None:
    """Return the one name of a country or continent for any form of it, such as `russia` for `russians`."""
    return _place_table().get(word)
