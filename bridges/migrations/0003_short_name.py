
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bridges', '0002_provinces'),
    ]

    operations = [
        migrations.AddField(
            model_name='bridgepoint',
            name='short_name',
            field=models.CharField(blank=True, help_text='For SMS and the map, such as VNPT Bắc Ninh.', max_length=40, verbose_name='short name'),
        ),
        migrations.AddField(
            model_name='historicalbridgepoint',
            name='short_name',
            field=models.CharField(blank=True, help_text='For SMS and the map, such as VNPT Bắc Ninh.', max_length=40, verbose_name='short name'),
        ),
    ]
