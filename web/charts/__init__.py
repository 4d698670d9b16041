"""Charts: layout in Python, rendering in Jinja2.

Every chart has two steps. `lay_out` of its module is a pure function from frozen dataclasses to frozen dataclasses of
coordinates: no colours, no markup, no clock. The macro of the same name under `templates/charts/` renders them: on a
page with CSS variables (the theme follows the reader), in an exported file with literal colours.
"""
