"""What is in here? The launcher and the guard; prestartup_script.py and the pack's own __init__.py are their two doors."""
