"""Known wordings of page furniture, as data: regular expressions, matched without case against one line or paragraph.

`LINES` and `OBVIOUS` must match the whole line; `SENTENCES` and `CAPTIONS` may occur anywhere in a paragraph of at
most 80 words. English first; the most common ones also in German, French, Spanish, Portuguese, Italian and Dutch. To
teach the reader a new wording, add it here: no code knows these words.
"""

_SITE = (
    r"(?:facebook|twitter|x|x \(twitter\)|linkedin|whats ?app|telegram|reddit|pinterest|instagram|threads|"
    r"bluesky|mastodon|tumblr|flipboard|youtube|tik ?tok|e-?mail|messenger|pocket|sms|line|vk|xing|"
    r"snapchat|rss)"
)
_PIECE = r"(?:article|story|post|page|video|link|news|content|now|with friends|via .{1,20})"
_UNIT = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?|mo|months?|y|yrs?|years?)"
_AGO = rf"(?:an?|\d+) ?{_UNIT} ago"

OBVIOUS = (
    r"(?:[-–—* ]*)(?:advertisements?|advertising|sponsored(?: content)?|promoted(?: content)?|anzeige|"
    r"werbung|publicité|publicidad|pubblicità|advertentie)(?:[-–—* ]*)",
    r"(?:article|story|content)? ?continues? (?:below|after) (?:this )?(?:the )?(?:advertisement|ad|"
    r"video)\.?",
    r"(?:scroll|keep scrolling|skip) (?:down )?(?:to continue|past|for more|advertisement|ad)\b.{0,40}",
    rf"share(?: this)?(?: {_PIECE})?(?: (?:on|via|to|with) {_SITE})?:?",
    r"(?:click to )?(?:share|tweet|follow|send|post|pin|teilen|partager|compartir|condividi|compartilhar|"
    rf"delen)(?: us| me)?(?: (?:on|via|to|by|auf|sur|en|su|no|op) )?{_SITE}(?: \(opens in new window\))?",
    rf"{_SITE}(?:[ |·•,/]+{_SITE})+",
    r"(?:copy|copied) ?(?:the )?(?:link|url)(?: to clipboard| copied!?)?",
    r"skip to (?:main )?(?:content|navigation|article)|jump to content",
    r"(?:please )?enable javascript.{0,80}|your browser (?:does not|doesn['’]t) support .{0,60}",
)
"""Lines that are furniture wherever they stand, also in fields someone has already cleaned."""

LINES = (
    rf"{_SITE}|share|tweet|pin it|print(?: this)?(?: (?:article|story|page))?",
    r"save(?: (?:article|story|for later))?|bookmark|copy link|link copied|embed",
    r"listen(?: to (?:this )?(?:article|story))?|gift(?: this)? article|text size|font size|resize text",
    r"[aA][-+]",
    r"teilen|drucken|merken|partager|imprimer|compartir|compartilhar|imprimir|condividi|stampa|delen",
    r"reageer",
    r"(?:\d[\d.,]*[km]? )?(?:shares?|likes?|views?|reactions?|retweets?|reads?|votes?|followers?|"
    r"subscribers?|upvotes?|claps?)",
    r"\d+ ?(?:-|–)? ?min(?:ute)?s?(?: read| de lecture| de lectura| lesezeit)?",
    r"(?:reading|read) time:? .{0,20}|lesezeit:? .{0,20}",
    rf"(?:(?:published|updated|posted|modified|last updated)[: ]*)?(?:{_AGO}|just now|yesterday|today)",
    r"(?:home|menu|search|close|open|log ?in|sign ?in|log ?out|sign ?out|sign ?up|register|subscribe|"
    r"subscribe now|my account|account|donate|support us|contact(?: us)?|about(?: us)?|help|faq|careers|"
    r"jobs|archive|newsletters?|e-?paper|shop|store|live(?: tv)?|watch(?: live)?|video|videos|photos|"
    r"gallery|podcasts?|opinion|latest|trending|more|see more|show more|view more|read more|load more|"
    r"view all|see all|show all|next|previous|prev|back|back to top|top|continue|continue reading|"
    r"read (?:the )?full (?:article|story)|learn more|find out more|click here|tap here|expand|collapse|"
    r"play|pause|mute|unmute|full ?screen|autoplay|loading\.*|loader|please wait\.*)",
    r"(?:load|show|view|see|read) (?:more|all|previous|older|newer)(?: (?:comments?|repl(?:y|ies)|stories|"
    r"articles|news|posts|results|videos|from .{1,30}))?",
    r"(?:start|anmelden|suche|menü|suchen|accueil|recherche|se connecter|s['’]abonner|inicio|buscar|"
    r"iniciar sesión|suscríbete|cerca|accedi|abbonati|entrar|assine)",
    r"(?:terms(?: of (?:use|service))?|terms (?:and|&) conditions|privacy(?: policy| notice)?|cookie(?:s|"
    r" policy| settings| preferences)?|do not sell.{0,40}|accessibility|sitemap|site map|"
    r"advertise(?: with us)?|imprint|impressum|datenschutz|agb|mentions légales|aviso legal|rss feeds?|"
    r"feedback|corrections|licen[cs]ing|rights & permissions)(?: ?[|·•/] ?[\w ]{3,30})*",
    r"(?:accept|reject|allow|decline|manage|deny)(?: all)?(?: (?:cookies|preferences|settings|choices|"
    r"options))?",
    r"i (?:agree|accept|understand)|got it!?|ok|no,? thanks\.?|not now|maybe later|dismiss",
    r"close this.{0,20}",
    r"(?:©|\(c\)|copyright)\s?.{0,120}|.{0,60}all rights reserved\.?.{0,60}|alle rechte vorbehalten\.?",
    r"tous droits réservés\.?|todos los derechos reservados\.?",
    r"(?:you are here|breadcrumb)s?:?.{0,80}|home ?[>›»/] ?.{1,120}",
    r"(?:[\w&' ]{2,25} ?[>›»] ?){1,5}[\w&' ]{2,25}",
    r"(?:topics?|tags?|tagged(?: with| in)?|filed under|categories|category|keywords|themen|schlagworte|"
    r"etiquetas|temas|mots-clés)\s?:?.{0,160}",
    r"(?:related|more|read|see|read more|see more|find out more|related story|"
    r"also read|read also|read next|watch|must read|don['’]t miss|"
    r"editor['’]s? picks?|recommended|listen|lesen sie auch|mehr zum thema|lire aussi|à lire aussi|"
    r"lea también|lee también|leia também|leggi anche|lees ook|up next|see also|also see|"
    r"you may also like|in case you missed it|ad|advert)\s?: ?.{0,160}",
    r"(?:photo|picture|image|video|credit|graphic|illustration|foto|bild|photograph|pic|photo credit|"
    r"image source|image credit|image caption|file photo|file|caption)s?(?: (?:by|credit|courtesy(?: of)?|"
    r"via|source))?\s?[:/©] ?.{1,160}",
    r"[(\[]?(?:photo|image|picture|illustration|graphic|photograph)s? (?:by|courtesy of|via|"
    r"credit) .{1,120}",
    r"(?:[\w.' -]{2,40}[/|,–-] ?)?(?:getty(?: images)?|reuters|afp|ap photo|associated press|shutterstock|"
    r"alamy|epa(?:-efe)?|unsplash|istock|pa media|bloomberg|anadolu|dpa|tass|xinhua)(?: ?[/|"
    r",] ?[\w.' -]{2,40})?(?: (?:via )?getty images)?",
    r"(?:slide|image|photo|page|\d+) ?\d* (?:of|/) ?\d+|\d+ ?/ ?\d+",
    r"(?:enter|your|type)(?: your)? e-?mail(?: address)?.{0,40}|e-?mail address.{0,20}|first name",
    r"last name|password|username|zip code|submit|send|required fields?.{0,30}",
    r"(?:follow|like|find|join|connect with|add) (?:us|me|our channel|"
    r"[\w ]{2,30} as a preferred source)(?: (?:on|at) .{1,80})?[.!]?",
    r"(?:get|download|install) (?:the|our) (?:free )?(?:[\w ]{0,20} )?app.{0,60}|app store|google play",
    r"no items? found\.?|nothing found\.?|no results?\.?|page not found",
    r"thank you!? your submission has been received!?|oops!? something went wrong.{0,60}",
    r"an error (?:has )?occurred.{0,60}",
    r"(?:listen|play|watch|audio|video)(?: to (?:this )?(?:article|story|audio))? ?[-–(]? ?\d+:\d\d\)?",
    r"\d+:\d\d(?: ?/ ?\d+:\d\d)?",
    r"(?:report (?:a |an )?(?:typo|error|mistake|problem|correction)|suggest (?:a |an )?(?:correction|"
    r"edit)|send (?:us )?(?:a )?(?:tip|feedback|correction))s?.{0,60}",
    r"(?:editor['’]s picks?|most (?:read|popular|viewed|shared|commented|watched)|top stories|"
    r"breaking news|latest (?:news|stories|headlines)|trending(?: now)?|popular(?: now)?|"
    r"today['’]s (?:top )?(?:news|stories|headlines))",
    r"[-–—_=*#~•·.|<>«»+×✕✖☰▶►▼▲←→↑↓…]+",
)
"""Lines that are furniture in a scraped page; in a cleaned field they may be headings and stay."""

SENTENCES = (
    r"(?:we|this (?:web)?site|our (?:web)?site|our partners)\b.{0,60}\bcookies\b",
    r"\bcookies?\b.{0,120}\b(?:consent|accept|preferences|privacy|browser|settings|experience|agree)\b",
    r"(?:by continuing|by clicking|by using|by signing up|by subscribing|"
    r"by submitting)\b.{0,120}\b(?:agree|accept|consent|terms|privacy)\b",
    r"(?:sign up|subscribe|signup|register)\b.{0,60}\b(?:newsletters?|e-?mails?|inbox|alerts?|"
    r"daily briefing|updates|our channel|podcast|whatsapp|telegram)\b",
    r"(?:delivered|straight|sent|direct(?:ly)?|right)\b.{0,20}\b(?:to|in|into) your (?:inbox|e-?mail|"
    r"mailbox|phone)\b",
    r"(?:newsletter|bulletin)\b.{0,60}\b(?:unsubscribe|inbox|sign(?:ing)? up|your e-?mail|subscribe)\b",
    r"(?:get|receive)\b.{0,60}\b(?:latest|top|daily|breaking)\b.{0,60}\b(?:in your inbox|by e-?mail|"
    r"notifications?|alerts)\b",
    r"(?:download|get|install)\b.{0,15}\bour\b.{0,20}\bapp\b",
    r"\bfollow (?:us|our|me|him|her|them)\b.{0,30}\bon\b.{0,15}\b(?:twitter|facebook|instagram|telegram|"
    r"whatsapp|google news|youtube|x|linkedin|social media|tiktok|bluesky|threads)\b",
    r"(?:already a (?:subscriber|member)|have an account|not a (?:subscriber|"
    r"member))\b.{0,40}\b(?:log ?in|sign ?in|subscribe|join|register)?\b",
    r"(?:to (?:continue|keep) reading|to read the (?:full|rest)|unlock this (?:article|story)|"
    r"you(?:['’]ve| have) (?:reached|read|used)\b.{0,40}\b(?:free|articles?|limit)|this (?:article|"
    r"content|story) is (?:for|exclusive(?:ly)? (?:for|to)|reserved for|"
    r"available only to) (?:\w+ )?(?:subscribers|members))\b",
    r"(?:support (?:our|independent|quality)\b.{0,30}\bjournalism|become a (?:member|supporter|"
    r"subscriber|patron)|make a (?:donation|contribution)|donate (?:today|now|to us)|your (?:support|"
    r"contribution) (?:helps|makes|powers))\b",
    r"(?:turn off|disable|whitelist|pause)\b.{0,40}\bad ?-?block(?:er|ing)?\b",
    r"\bad ?-?blocker (?:detected|is on)\b",
    r"(?:reprinted|republished|reproduced|redistributed|rewritten) (?:without|"
    r"with(?:out)? (?:the )?(?:express )?permission)",
    r"\bmay not be (?:published|reproduced|broadcast|rewritten|redistributed|copied)\b",
    r"(?:this (?:site|form) is protected by|recaptcha|captcha)\b",
    r"(?:affiliate (?:links?|commission)|earn (?:a|an)(?: small| affiliate)? commission|"
    r"we may (?:receive|earn)\b.{0,30}\bcommission)\b",
    r"(?:your comment (?:will|is|has)|your e-?mail address will not be published|leave a (?:reply|"
    r"comment)|be the first to (?:leave a )?comment|post(?:ing)? a comment|comments? (?:are|is) (?:closed|"
    r"disabled|moderated|now closed)|log ?in to (?:comment|reply|leave)|(?:sign|log) ?in to (?:comment|"
    r"join|post|reply)|must be logged in|comment (?:policy|guidelines)|community (?:guidelines|standards)|"
    r"approved by a moderator|someone is typing)\b",
    r"\bclick (?:here|on the link)\b.{0,60}\b(?:to (?:read|see|view|subscribe|watch|download|join|sign|"
    r"find|get|learn|share|send|contact|listen)|for (?:more|our|the))\b",
    r"(?:wir verwenden|diese (?:web)?seite verwendet|utilizamos|usamos|nous utilisons|utilizziamo|"
    r"wij gebruiken)\b.{0,60}\bcookies\b",
    r"(?:newsletter|boletín)\b.{0,40}\b(?:abonnieren|bestellen|anmelden|suscríbete|suscribirse|"
    r"inscrivez|iscriviti|assine|inschrijven)\b",
    r"(?:abonnieren|suscríbete|inscrivez-vous|abonnez-vous|iscriviti|assine|"
    r"inscreva-se)\b.{0,60}\b(?:newsletter|boletín|kanal|canal|infolettre)\b",
)
"""Wordings that give a whole paragraph away, each from the beginning of a word: cookie notices, newsletter boxes,
paywalls, rights.
"""

CAPTIONS = (
    r"\[?\(?(?:photo|image|picture|foto|illustration)s?(?: credit)?(?: ?by|:| courtesy of|"
    r" via) [^.!?]{2,60}[\])]?$",
    r"[(\[][^()\[\]]{0,40}/ ?(?:getty images|reuters|afp|ap|shutterstock|epa|alamy)[)\]]$",
)
"""How a caption ends that names the agency or photographer."""

BIOGRAPHIES = (
    r"^[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,3} is (?:a|an|the)\b.{0,60}\b(?:reporter|correspondent|writer|"
    r"editor|journalist|columnist|contributor|author|producer|fellow)\b.{0,60}\b(?:at|for|with|of|based|"
    r"covering|who|on|focusing)\b",
    r"^(?:about the (?:author|writer)|more (?:from|by) (?:this author|the author))\b",
    r"^(?:reach|contact|email|e-mail|follow) [A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+)*\b.{0,30}(?:@|\bat\b|"
    r"\bon\b)",
    r"^(?:[\w ]{2,40} contributed (?:to this (?:report|article|story)|reporting))\b",
)
"""How a paragraph begins that tells of the author, at the end of an article (case matters)."""

COMMENT_OPENERS = (
    r"(?:\d[\d.,]*[km]? )?(?:comments?|kommentare?|commentaires?|comentarios?|comentários?|commenti?|"
    r"reacties|responses|replies)(?: ?[(\[]?\d[\d.,]*[)\]]?)?:?",
    r"(?:view|show|hide|see|read|all|reader|readers['’]?|user|top|recent|latest|"
    r"most liked)(?: the)?(?: all)?(?: \d+)? (?:comments?|conversation|discussion|"
    r"responses)(?: \(\d+\))?:?",
    r"(?:leave|post|write|add|submit) (?:a |your |the first )?(?:comment|reply|response|"
    r"thoughts)(?: below)?[.:]?(?: cancel reply)?",
    r"(?:join|start|view) (?:the|a) (?:conversation|discussion|debate)[.!]?|what do you think\?",
    r"have your say[.!]?|your (?:comments?|thoughts|views?|say)|discussion(?: \(\d+\))?",
    r"conversation(?: \(?\d+.{0,12})?",
    r"(?:kommentar (?:schreiben|verfassen)|laisser un commentaire|deja un comentario|deja una respuesta|"
    r"deixe um comentário|lascia un commento|\d+ thoughts? on .{1,150})",
    r"be the first to (?:leave a )?comment[.!]?|no comments(?: yet)?[.!]?",
    r"comments (?:are )?(?:closed|disabled)[.]?",
    r"disqus(?: comments)?|powered by disqus|please enable javascript to view the comments.{0,40}",
)
"""Lines behind which readers write, not the outlet."""

RELATED_OPENERS = (
    r"(?:related|recommended|similar|popular|trending|featured|sponsored|promoted|suggested|more|further|"
    r"other|additional)(?: \w+)? (?:articles?|stories|story|posts?|reading|content|news|coverage|links?|"
    r"topics?|videos?|headlines|reads?|for you)(?: .{1,40})?:?",
    r"(?:related|recommended(?: for you)?|trending(?: now)?|read next|up next|next up|what to read next|"
    r"see also|also read|read also|more from .{1,60}|more on (?:this|the) .{1,60}|more (?:in|on|"
    r"about) [\w ]{2,40}|more like this|latest(?: (?:news|stories|articles|posts|headlines|from .{1,40}|"
    r"videos?|updates))?|recent (?:posts|articles|stories|news)):?",
    r"(?:you (?:may|might|could) (?:also )?(?:like|be interested in|enjoy)|you['’]ll also like|"
    r"people (?:also|are) (?:read|reading|liked)|readers also (?:liked|read)|others also read|"
    r"don['’]t miss|in case you missed it|must[- ]reads?|editor['’]?s['’]? (?:picks?|choice)|"
    r"top (?:stories|picks|news|headlines)(?: .{1,30})?|most (?:read|popular|viewed|shared|commented|"
    r"recent|watched)(?: .{1,40})?|breaking news|today['’]s headlines|from (?:around )?the web|"
    r"around the web|from our (?:partners|network|sponsors)|paid (?:content|partner content|post)|"
    r"promoted links|by taboola.{0,20}|outbrain.{0,20}|what others are reading|keep reading|"
    r"continue exploring|explore more|elsewhere on .{1,40}|also on .{1,40}|in this (?:section|"
    r"series))[:!]?",
    r"(?:lesen sie auch|mehr zum thema|das könnte sie auch interessieren|meistgelesen|à lire aussi|"
    r"lire aussi|sur le même sujet|les plus lus|lea también|te puede interesar|también te puede interesar|"
    r"más leídas?|más noticias|noticias relacionadas|leia também|veja também|mais lidas|leggi anche|"
    r"potrebbe interessarti.{0,20}|lees ook|meest gelezen|gerelateerd):?",
)
"""Lines behind which other stories are listed."""

THREAD_MARKS = (
    r"(?:like|reply|report|flag|share|upvote|downvote|recommend|respond|quote|permalink|antworten|"
    r"répondre|responder|rispondi|beantwoorden)(?: ?[·|•()\d/,-]+ ?(?:like|reply|report|flag|share|upvote|"
    r"downvote|\d+)?)*",
    rf"(?:.{{1,40}}[·|•,–-] ?)?(?:{_AGO})(?: ?[·|•(].{{0,30}})?",
    r"\(?edited\)?|moderator|top commenter|verified|subscriber|staff pick|reply to .{1,40}",
    r"in reply to .{1,40}|.{1,40} (?:says|said|wrote|writes|commented|replied):?",
    r"(?:like|reply|report|share)(?: (?:like|reply|report|share))+",
    r"\d+ (?:likes?|replies|reply|upvotes?|votes?)|(?:hide|show|view) (?:\d+ )?repl(?:y|ies)|set|no name",
    r"guest|anonymous",
)
"""Lines that stand around each comment of a thread."""
