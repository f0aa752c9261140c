"""Words of a query that say nothing of what is looked for, in every language of the site.

They count where a query has no others, or between quotes. None of them belongs to one programme.
"""

import re

# Joins and points, whatever is asked.
JOINED_WITH = """
a about all also an and any are as at be been by can could for from had has have i if in into is its last latest me
more most my of on or our so some than that the their them there they this those to was we were
with would you your
aan al alle als bij dat de deze die dit door een en er geen had hebben heeft heb het hun ik in is kan kun kunnen
laatste met mij meer meest naar of om ook op over te tot uit u van veel voor we werd werden wij worden wordt ze zich zij zijn
"""
# Ask, or say what somebody does whom a question is about: "who works with", "what did they agree", "tell me".
ASKED_WITH = """
agree agreed agrees based did do does doing done exist exists find get give how involved know list located many mean
means much please said say saying says show sign signed signs tell what when where which who whom whose why work
worked working works
afgesproken bestaan betekenen betekent doen doet gaat gevestigd geef hoe hoeveel laat samen samenwerken spreekt
staan staat tekende tekenen teken toon vertel waar waarmee waarom waarover wanneer wat welk welke werk werken werkt
wie wiens zeggen zegt zien zit zitten
"""
# What records of each kind are called. "Partners in Texas" asks for Texas among the partners, and which partners work with
# a laboratory asks for that laboratory everywhere.
CALLED = {
    "partner": frozenset(["partner", "partners"]),
    "laboratory": frozenset(["laboratory", "laboratories", "lab", "labs", "laboratorium", "laboratoria"]),
    "agreement": frozenset(["agreement", "agreements", "overeenkomst", "overeenkomsten"]),
    "event": frozenset(["event", "events", "gebeurtenis", "gebeurtenissen"]),
    "source": frozenset(["source", "sources", "bron", "bronnen"]),
}
EVERY_CALLED = frozenset().union(*CALLED.values())
ASKING_WORDS = frozenset(ASKED_WITH.split())
SMALL_WORDS = ASKING_WORDS.union(JOINED_WITH.split())
# What follows is what somebody does not ask for.
CONTRARIES = re.compile(r"\s+(?:rather than|instead of|in plaats van)\s+", re.IGNORECASE)
