from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]

    operations = [
        migrations.AddIndex("customer", models.Index(fields=["city", "-id"], name="customer_city")),
    ]
