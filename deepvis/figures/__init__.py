"""The paper's figures, drawn anew for any net: pages of pictures as PNG and PDF.

Each figureN.py has USES, the choices that it takes beside the model, and draw(desk) -> Drawing; table.py lists them.
Only common.py knows matplotlib, which is imported when a page is made.
"""
