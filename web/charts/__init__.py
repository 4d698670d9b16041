"""Charts: layout in Python, paint in Jinja2.

Every chart is two steps. `lay_out` of its module is a pure function from frozen dataclasses to frozen dataclasses full
of coordinates: no colours, no markup, no clock. The macro of the same name under `templates/charts/` paints them, on a
page with CSS variables (the theme follows the reader) and in an exported file with literal colours.
"""
