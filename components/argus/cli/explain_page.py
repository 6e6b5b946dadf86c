"""An explanation as one HTML page: pictures inside it, no scripts, nothing fetched, light and dark, phone and desk."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape

from argus.cli.explaining import Explanation, corrected_words, told, utc, visit_rate_words
from argus.core.explaining import POOR_WORDS, origin, remedies, verdict
from argus.core.grounds import Grounds
from argus.core.matching import Candidate, Outcome
from argus.device.records.values import KeptCrop, KeptLook
from argus.vision.quality import MIN_FACE_PX, MIN_FRONTALITY, MIN_SHARPNESS

_TITLES = {Outcome.UNKNOWN: "A stranger", Outcome.UNCERTAIN: "Uncertain"}

_CHART_MARGIN = 0.08
"""Of the chart's width, on both sides of the outermost mark."""

_STYLE = """
:root { color-scheme: light dark; --paper: #f6f5f2; --card: #fff; --ink: #1d2126; --soft: #636b74; --line: #dfe1e3;
  --match: #00805d; --unknown: #c04f00; --uncertain: #9a6a00; --near: #e69f0033; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --card: #1e2226; --ink: #e9ebed; --soft: #9aa3ac;
  --line: #343a40; --match: #35c79c; --unknown: #ff8f4d; --uncertain: #f0b840; --near: #f0b84033; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: .1rem 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0 0 .2rem; }
h3 { font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); margin: 1.4rem 0 .5rem; }
p { margin: .4rem 0; overflow-wrap: anywhere; }
.soft, figcaption, footer { color: var(--soft); font-size: .875rem; }
.match { --tone: var(--match); } .unknown { --tone: var(--unknown); } .uncertain { --tone: var(--uncertain); }
* + header { margin-top: 2.5rem; }
header { border-left: .35rem solid var(--tone); padding-left: 1rem; margin-bottom: 1.5rem; }
header h1, .tone { color: var(--tone); }
.lead { font-size: 1.125rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .8rem; padding: 1.1rem 1.2rem;
  margin: 1rem 0; }
.crops { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1rem; }
figure { margin: 0; }
.card > h3:first-child { margin-top: 0; }
figure img { width: 100%; aspect-ratio: 1; border-radius: .5rem; display: block; background: var(--line); }
figcaption { margin-top: .4rem; font-variant-numeric: tabular-nums; }
.poor { color: var(--unknown); font-weight: 600; }
dl { display: grid; grid-template-columns: auto 1fr auto; gap: .1rem .5rem; margin: .3rem 0 0; align-items: center; }
dt, dd { margin: 0; } dd { text-align: right; white-space: nowrap; }
.bar { height: .35rem; border-radius: 1rem; background: var(--line); position: relative; }
.bar i { position: absolute; inset: 0 auto 0 0; border-radius: 1rem; background: var(--match); }
.bar.low i { background: var(--unknown); }
.row { display: grid; grid-template-columns: minmax(8rem, 17rem) 1fr auto; gap: .2rem .8rem; align-items: center;
  padding: .35rem 0; font-variant-numeric: tabular-nums; }
.row + .row { border-top: 1px solid var(--line); }
.name { overflow-wrap: anywhere; } .name small { display: block; color: var(--soft); }
.row > :last-child { text-align: right; min-width: 6rem; white-space: nowrap; }
.track { position: relative; height: 1.6rem; background: linear-gradient(var(--line), var(--line)) center/100% 2px
  no-repeat; }
.track b { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: var(--ink); }
.track u { position: absolute; top: 0; bottom: 0; background: var(--near); }
.track i { position: absolute; top: 50%; width: .9rem; height: .9rem; margin: -.45rem 0 0 -.45rem; border-radius: 50%;
  background: var(--soft); border: 2px solid var(--card); }
.track i.under { background: var(--match); } .track i.near { background: var(--uncertain); }
ul { margin: .4rem 0; padding-left: 1.2rem; }
code { font: .8125rem ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
footer { margin-top: 2rem; }
@media (max-width: 34rem) { .row { grid-template-columns: 1fr auto; } .track { grid-column: 1 / -1; order: 3; }
  .crops { grid-template-columns: repeat(2, 1fr); } h1 { font-size: 1.6rem; } }
"""


def page(explanations: Sequence[Explanation]) -> str:
    """The page; of a picture with several faces, one after another."""
    title = explanations[0].title if explanations else "No face was found"
    body = "".join(_explanation(explanation) for explanation in explanations) or "<h1>No face was found</h1>"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n"
        f'<meta name="robots" content="noindex">\n<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n<main>\n{body}"
        "<footer>This page shows faces: they are personal data. Delete it when it is no longer needed.</footer>\n"
        "</main>\n</body>\n</html>\n"
    )


def _explanation(explanation: Explanation) -> str:
    outcome = explanation.outcome
    name = explanation.person.name if explanation.person else _TITLES[outcome]
    notes = []
    if explanation.correction is not None:
        notes.append(_sentence(corrected_words(explanation.correction)))
    if explanation.now is not None:
        notes.append(_sentence(f"with the collection as it is now: {verdict(explanation.now)}"))
    header = (
        f'<header class="{outcome.value}"><p class="soft">{escape(explanation.title)}</p><h1>{escape(name)}</h1>'
        f'<p class="lead">{escape(_sentence(explanation.sentence))}</p>'
        f"{''.join(f'<p>{escape(note)}</p>' for note in notes)}</header>\n"
    )
    looks = [_look(look, number, explanation) for number, look in enumerate(explanation.looks, 1)]
    return header + "".join(looks) + _events(explanation)


def _look(look: KeptLook, number: int, explanation: Explanation) -> str:
    grounds = look.grounds
    heading = ""
    if explanation.record is not None:
        # The page's own heading says what the deciding look came to.
        decided = look is explanation.deciding
        when = f"{utc(look.at)}{' · this one decided' if decided else ''}"
        sentence = "" if decided else _paragraphs([_sentence(told(look))])
        heading = f'<h2>Look {number}</h2><p class="soft">{when}</p>{sentence}'
    crops = "".join(_crop(crop, in_video=explanation.record is not None) for crop in look.crops)
    parts = [heading, "<h3>Pictures</h3>", f'<div class="crops">{crops}</div>']
    if grounds is not None and grounds.candidates:
        parts += ["<h3>Nearest people</h3>", _chart(grounds)]
    if grounds is not None and look is explanation.deciding:
        parts.append(_why(grounds, explanation))
    return f'<section class="card">{"".join(parts)}</section>\n'


def _crop(crop: KeptCrop, *, in_video: bool) -> str:
    quality = crop.quality
    data = base64.b64encode(crop.picture).decode()
    where = f"frame {crop.frame}" if in_video else f"at {crop.box.left}, {crop.box.top}"
    poor = f'<div class="poor">{POOR_WORDS[crop.poor]}</div>' if crop.poor else ""
    bars = "".join(
        (
            _bar("size", quality.face_px / 200, f"{quality.face_px} px", low=quality.face_px < MIN_FACE_PX),
            _bar("sharp", quality.sharpness, f"{quality.sharpness:.2f}", low=quality.sharpness < MIN_SHARPNESS),
            _bar("light", quality.brightness, f"{quality.brightness:.2f}", low=_is_light_poor(crop)),
            _bar("frontal", quality.frontality, f"{quality.frontality:.2f}", low=quality.frontality < MIN_FRONTALITY),
            _bar("in all", quality.score, f"{quality.score:.2f}", low=crop.poor is not None),
        )
    )
    return (
        f'<figure><img alt="face, {where}" src="data:image/jpeg;base64,{data}">'
        f"<figcaption>{where}{poor}<dl>{bars}</dl></figcaption></figure>"
    )


def _is_light_poor(crop: KeptCrop) -> bool:
    return crop.poor is not None and crop.poor.value in ("dark", "bright")


def _bar(label: str, share: float, text: str, *, low: bool) -> str:
    width = 100 * min(1.0, max(0.0, share))
    return (
        f'<dt>{label}</dt><dd class="bar{" low" if low else ""}"><i style="width:{width:.0f}%"></i></dd><dd>{text}</dd>'
    )


def _chart(grounds: Grounds) -> str:
    """Where each of the nearest people lies beside their own threshold, all on one scale."""
    values = [0.0, grounds.near, *(candidate.excess for candidate in grounds.candidates)]
    room = max(values) - min(values) or 1.0

    def percent(value: float) -> float:
        return 100 * (_CHART_MARGIN + (1 - 2 * _CHART_MARGIN) * (value - min(values)) / room)

    near = f'<u style="left:{percent(0):.1f}%;width:{percent(grounds.near) - percent(0):.1f}%"></u>'
    rows = []
    for candidate in grounds.candidates:
        side = "under" if candidate.excess <= 0 else "over"
        tone = "under" if candidate.excess <= 0 else "near" if candidate.excess <= grounds.near else ""
        rows.append(
            f'<div class="row"><span class="name">{escape(candidate.person.name)}<small>{_details(candidate)}</small>'
            f'</span><span class="track">{near}<b style="left:{percent(0):.1f}%"></b>'
            f'<i class="{tone}" style="left:{percent(candidate.excess):.1f}%"></i></span>'
            f"<span>{abs(candidate.excess):.3f} {side}</span></div>"
        )
    legend = "Left of the line: named. In the shaded part: left open. Right of it: a stranger."
    return f'{"".join(rows)}<p class="soft">{legend}</p>'


def _details(candidate: Candidate) -> str:
    pictures = "1 picture" if candidate.pictures == 1 else f"{candidate.pictures} pictures"
    stricter = f" (lowered by {candidate.stricter_by:.3f})" if candidate.stricter_by else ""
    return f"{candidate.normalised_distance:+.3f}, threshold {candidate.threshold:+.3f}{stricter} · {pictures}"


def _why(grounds: Grounds, explanation: Explanation) -> str:
    sentences = [sentence for sentence in (visit_rate_words(explanation), origin(grounds)) if sentence]
    why = f"<h3>Why the threshold is there</h3>{_paragraphs(sentences)}" if sentences else ""
    items = "".join(
        f"<li>{escape(remedy)}</li>" for remedy in remedies(grounds, of_visit=explanation.record is not None)
    )
    return f"{why}<h3>What would change it</h3><ul>{items}</ul>"


def _events(explanation: Explanation) -> str:
    if explanation.record is None:
        return ""
    items = "".join(f"<li>{event.kind} <code>{escape(event.event_id)}</code></li>" for event in explanation.events)
    return (
        f'<section class="card"><h2>Events</h2><ul>{items}</ul>'
        f'<p class="soft">Visit <code>{escape(explanation.subject)}</code></p></section>\n'
    )


def _paragraphs(sentences: Iterable[str]) -> str:
    return "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
