"""Groups of words that may stand for each other in news and explaining prose.

Hand-written, of general knowledge: each line is a judgement that a reader can check, wide enough for a paraphrase and
never holding a word beside its opposite. A match by group counts less than one by stem. Bars part groups of one field.
"""

from __future__ import annotations

_GROUPS = """
die kill fatal perish slay | murder homicide kill | injure wound hurt | damage harm hurt
begin start launch commence | end finish conclude complete cease | stop halt | continue persist proceed
arrest detain capture apprehend custody | seize capture confiscate | prison jail imprison | crime offense felony
buy acquire purchase | bought acquir | price cost | money cash fund | pay salary wage income earn | cheap inexpensive
big large huge major massive | small little tiny | total entire whole complete full | enough sufficient adequate
company firm corporation business enterprise | shop store retailer | customer client consumer shopper
increase rise grow climb surge jump soar raise | decrease fall drop decline plunge fell slump shrink reduce cut lower
win victory triumph | win award | prize award honor | beat defeat | lose defeat | title crown championship
attack assault strike raid | house home residence dwelling | president leader | official authority
lawmaker legislator mp congressman senator | country nation | law legislation statute | rule regulation
back support endorse | assist help aid | say tell announce state declare add | reveal disclose
show demonstrate indicate illustrate | car vehicle automobile | child kid boy girl | baby infant newborn
film movie show | film movie picture | help aid assist facilitate | ask request | require need | job work
leave depart quit exit | resign quit | arrive reach | happen occur | police officer cop | soldier troop
physician doctor medic | attorney lawyer | illness disease sick disorder ailment | vote elect election ballot
name call dub label term refer | create make form establish found | make produce generate | build construct erect
choose select pick opt | use utilize employ apply serve | allow permit let enable | ban prohibit bar forbid
explosion blast explode | earthquake quake | fire blaze | storm hurricane | rain shower precipitation
agreement deal accord pact treaty | talk negotiation discuss | plan intend | aim goal objective purpose target
marri wed wife husband spouse | person man woman individual people | teen teenager | student pupil
school college university | million m | year annual | mother father parent mum dad mom | brother sister sibling
son daughter child | author writer novelist | study research investigate | scientist researcher | sign join
star actor actress | play portray | role character | team club side squad | match game contest | coach manager
goal score | album record | song track tune single | singer vocalist | sing perform | band group | series program
important crucial essential vital key critical significant | mostly primarily mainly largely chiefly predominantly
often frequently commonly usually typically generally | quick rapid fast swift | easy simple straightforward
difficult hard tough challenging | difference distinction | different distinct | similar alike comparable
change shift alter modify transform | keep maintain retain preserve | get obtain receive gain acquire
give provide offer supply grant | contain include comprise consist incorporate | problem issue difficulty trouble
method technique approach way procedure | kind type sort variety | part portion section component element segment
amount quantity | place location site spot | region area zone district | city town municipality
try attempt seek | explain describe clarify | think believe consider regard | belief opinion view
find discover detect identify | famous renowned prominent celebrated | main primary principal chief
various several numerous multiple many | publish release issue | medicine drug medication | symptom sign
treat therapy cure remedy | improve enhance boost better | prevent avoid avert | danger risk hazard threat
clean wash cleanse | dirt grime | remove eliminate rid | mix combine blend merge | join connect link attach
separate divide split | worker employee staff personnel | hire recruit employ | dismiss sack fire
war conflict | army military | ship vessel boat | aircraft plane airplane jet | road street highway | phone telephone
building structure | resident inhabitant citizen | couple pair | live reside dwell inhabit | raise cultivate grow
idea concept notion | answer reply respond | question query | mention note remark comment | warn caution
argue contend claim assert insist | praise laud applaud commend | criticize condemn denounce slam
decide determine resolve | reason cause | cause trigger prompt mean | effect impact influence consequence
result outcome | benefit advantage | ability capacity capability | near close adjacent | next following subsequent
previous former prior earlier | current present | recent latest | finally eventually ultimately
appear emerge | vanish disappear | protect guard shield safeguard | repair fix mend | break shatter fracture
eat consume ingest | food meal dish | strong powerful robust | rich wealthy affluent | fear afraid scare
unusual strange odd | normal regular standard ordinary | accurate correct true | clear obvious evident
travel journey trip | visit tour | move relocate transfer | carry transport | send dispatch | see watch view observe
smell odor scent | sound noise | picture image photo photograph | internet web online | software application app
document file | device gadget appliance | tool instrument | player athlete | compete rival | celebrate commemorate
holiday vacation | king monarch ruler | rule govern reign | government administration | border frontier boundary
land territory | sea ocean | earth soil ground | stone rock | wood timber | expect anticipate predict forecast
examine inspect assess evaluate analyze | grow develop evolve | teach instruct educate | gather collect assemble
""".replace("\n", "|")

SYNONYMS = tuple(line.split() for line in _GROUPS.split("|") if line.strip())
