"""The page's theme for Gradio's own widgets; the rest of the look is `footnote.css`.

Fonts come with Gradio and are served by this server, with system fonts behind them; nothing is fetched from elsewhere.
"""

from __future__ import annotations

from typing import Any


def theme(gradio: Any) -> Any:
    """Return the Gradio theme: quiet surfaces, one accent, the page's own fonts."""
    fonts = gradio.themes.utils.fonts
    # Of the fonts Gradio 6.31 brings, these two weights hold whole alphabets; its SemiBold lacks most letters.
    sans = [fonts.LocalFont("IBM Plex Sans", weights=(400, 700)), fonts.Font("system-ui"), fonts.Font("sans-serif")]
    mono = [fonts.Font(name) for name in ("ui-monospace", "Liberation Mono", "monospace")]
    made = gradio.themes.Base(primary_hue="teal", neutral_hue="stone", font=sans, font_mono=mono)
    surfaces = {
        "body_background_fill": "var(--fn-page)",
        "background_fill_primary": "var(--fn-surface)",
        "background_fill_secondary": "var(--fn-page)",
        "block_background_fill": "transparent",
        "block_border_width": "0px",
        "block_shadow": "none",
        "body_text_color": "var(--fn-ink)",
        "body_text_color_subdued": "var(--fn-muted)",
        "border_color_primary": "var(--fn-line)",
        "input_background_fill": "var(--fn-surface)",
        "input_border_color": "var(--fn-line)",
        "button_primary_background_fill": "var(--fn-accent)",
        "button_primary_background_fill_hover": "var(--fn-accent-strong)",
        "button_primary_text_color": "var(--fn-on-accent)",
        "button_secondary_background_fill": "var(--fn-surface)",
        "button_secondary_border_color": "var(--fn-line)",
        "button_secondary_text_color": "var(--fn-ink)",
    }
    return made.set(**surfaces, **{f"{name}_dark": value for name, value in surfaces.items() if "width" not in name})
