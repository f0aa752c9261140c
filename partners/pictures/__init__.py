"""Pictures of the directory: what each shows is read here, from the current rows, and drawn by `templates/pictures/`.

Every mark leads to its rows, and what a picture says in words is counted from the same rows.
"""
